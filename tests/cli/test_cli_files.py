"""Reading and writing: no row lost, none merged, text as it stands in the file."""

from __future__ import annotations

import datetime
import decimal
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogml.cli.reading import FileError, Format, read
from cogml.cli.writing import replacing, writer


def write_file(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(
    path: Path, delimiter: str | None = None, names: list[str] | None = None, **types: pa.DataType
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = read(path, Format.of(path, delimiter), names, types).to_pydict()
    return found


def write(path: Path, table: pa.Table) -> bytes:
    with (
        replacing(path) as file,
        writer(file, Format.of(path, ";" if path.suffix == ".txt" else None), table.schema) as out,
    ):
        out(table)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,x\n", {"a": ["1"], "b": ["x"]}),
        ("a,b\n1,x", {"a": ["1"], "b": ["x"]}),
        ("a,b\r\n1,x\r\n\r\n", {"a": ["1"], "b": ["x"]}),
        ("\ufeffa,b\n007,-0.90\n", {"a": ["007"], "b": ["-0.90"]}),
        ('a,b\n1,"x, ""y""\nz"\n2,w\n', {"a": ["1", "2"], "b": ['x, "y"\nz', "w"]}),
        ("a,b\n1,it's 5\" long\n2,'x\n", {"a": ["1", "2"], "b": ["it's 5\" long", "'x"]}),
        ("a,b\nNA,null\n,2020-01-01\n", {"a": ["NA", None], "b": ["null", "2020-01-01"]}),
        ("a\nx\n\ny\n", {"a": ["x", None, "y"]}),
        ("a,b\n", {"a": [], "b": []}),
        ("a,b", {"a": [], "b": []}),
        ("a\nx\u2028y\x0bz\x85\n", {"a": ["x\u2028y\x0bz\x85"]}),
    ],
)
def test_csv_is_text_as_it_stands_there(
    tmp_path: Path, content: str, expected: dict[str, list[Any]]
) -> None:
    assert rows(write_file(tmp_path / "in.csv", content)) == expected


def test_where_tabs_separate_a_quote_is_a_character(tmp_path: Path) -> None:
    content = 'id\ttext\n1\t"  this never ends\r\n2\tit\'s\n3\t"whole"\n4\t5" or 6"'
    expected = {"id": ["1", "2", "3", "4"], "text": ['"  this never ends', "it's", '"whole"']}
    expected["text"].append('5" or 6"')
    assert rows(write_file(tmp_path / "in.tsv", content)) == expected
    assert rows(write_file(tmp_path / "in.txt", content), "\t") == expected
    assert rows(write_file(tmp_path / "in.csv", content), "\t") == expected


def test_quotes_are_what_the_caller_says(tmp_path: Path) -> None:
    path = write_file(tmp_path / "in.tsv", 'a\tb\n1\t"x\ty\nz"\n')
    table = read(path, Format.of(path, None, quoted=True), None, {})
    assert table.to_pydict() == {"a": ["1"], "b": ["x\ty\nz"]}
    path = write_file(tmp_path / "in.csv", 'a,b\n1,"x\n')
    table = read(path, Format.of(path, None, quoted=False), None, {})
    assert table.to_pydict() == {"a": ["1"], "b": ['"x']}


def test_a_file_without_a_header(tmp_path: Path) -> None:
    path = write_file(tmp_path / "in.txt", "1;x\n2;y")
    assert rows(path, ";", ["a", "b"]) == {"a": ["1", "2"], "b": ["x", "y"]}


def test_more_rows_than_are_turned_into_arrow_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cogml.cli.reading._ROWS", 3)
    values = [str(number) for number in range(10)]
    assert rows(write_file(tmp_path / "in.csv", "a\n" + "\n".join(values))) == {"a": values}


def test_a_cell_may_be_a_whole_document(tmp_path: Path) -> None:
    long = "word " * 100_000
    path = write_file(tmp_path / "in.csv", f'a,b\n1,"{long}"\n')
    assert rows(path)["b"] == [long]


def test_columns_that_are_needed_as_numbers(tmp_path: Path) -> None:
    path = write_file(tmp_path / "in.csv", "n,x,yes,t\n7,1.5,true,1\n,,,\n")
    types = {"n": pa.int64(), "x": pa.float64(), "yes": pa.bool_()}
    assert rows(path, **types) == {
        "n": [7, None],
        "x": [1.5, None],
        "yes": [True, None],
        "t": ["1", None],
    }


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("in.csv", "", "the file is empty"),
        ("in.jsonl", "", "the file is empty"),
        ("in.parquet", "", "the file is empty"),
        ("in.csv", "\n\n", "there is no header"),
        ("in.csv", "a,b\n1,2\n3\n", "the row in line 3 has 1 columns; 2 are expected"),
        ("in.csv", 'a,b\n"1\n1",2\n3,4,5\n', "the row in line 4 has 3 columns; 2 are expected"),
        ("in.tsv", "a\tb\n1\n", "the row in line 2 has 1 columns; 2 are expected"),
        ("in.csv", 'a,b\n1,"never ends\n2,x\n', "the row that begins in line 2"),
        ("in.csv", 'a,b\n1,"x" y\n', "the row that begins in line 2"),
        ("in.csv", "a,a\n1,2\n", "two columns are named 'a'"),
        ("in.csv", b"a,b\n1,x\n2,caf\xe9\n", "line 3 is not UTF-8"),
        ("in.tsv", "a\tb\n1\tx\n".encode("utf-16"), "line 1 is not UTF-8"),
        ("in.jsonl", b'{"a":1}\n\n{"a":"caf\xe9"}\n', "line 3 is not"),
        ("in.jsonl", '{"a":1}\n[1]\n', "line 2 is not a JSON object"),
        ("in.jsonl", '{"a":1}\n{"a":\n', "line 2 is not a JSON object"),
        ("in.jsonl", '{"a":1}\n{"a":"x"}\n', "the values of 'a' are not of one type"),
        ("in.jsonl", '{"a":99999999999999999999999}\n', "the values of 'a' are not of one type"),
        ("in.parquet", "a,b\n1,2\n", "in.parquet: "),
    ],
)
def test_a_file_that_is_not_what_it_is_said_to_be(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(FileError) as refused:
        rows(write_file(tmp_path / name, content))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_malformed_row_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(FileError) as refused:
        rows(write_file(tmp_path / "in.csv", "a,b\ns3cr3t\n"))
    assert "s3cr3t" not in str(refused.value)


def test_a_number_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="column 'n'"):
        rows(write_file(tmp_path / "in.csv", "n\nseven\n"), n=pa.int64())


@pytest.mark.parametrize("name", ["in.xlsx", "in", "in.csv.gz"])
def test_an_unknown_suffix_names_those_that_are_known(name: str) -> None:
    with pytest.raises(FileError, match=r"known are \.csv, \.tsv, \.txt .*\.parquet"):
        Format.of(Path(name))


def test_a_txt_needs_a_delimiter() -> None:
    with pytest.raises(FileError, match="--delimiter"):
        Format.of(Path("in.txt"))


def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "in.csv").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        rows(tmp_path / "in.csv")
    with pytest.raises(FileError, match="there is no such file"):
        rows(tmp_path / "other.csv")


def test_json_lines_keep_every_key_and_text_that_looks_like_a_time(tmp_path: Path) -> None:
    path = write_file(
        tmp_path / "in.ndjson",
        '\ufeff{"t":"2020-01-01T00:00:00"}\n\n{"t":null,"n":1,"o":{"p":[1]}}\n{"n":2.5}',
    )
    assert rows(path) == {
        "t": ["2020-01-01T00:00:00", None, None],
        "n": [None, 1.0, 2.5],
        "o": [None, {"p": [1]}, None],
    }


def test_a_parquet_file_gets_no_columns_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "year=2020").mkdir()
    path = tmp_path / "year=2020" / "in.parquet"
    pq.write_table(pa.table({"a": ["x"]}), path)
    assert rows(path) == {"a": ["x"]}


NESTED = pa.table(
    {
        "text": ["plain", 'quote " and, comma', "line\nbreak\ttab", None],
        "nested": [[{"a": "x\ty", "b": 1.5}], [], None, [None]],
        "flag": [True, False, None, True],
        "number": [1.0, -0.5, None, 1e100],
        "day": [datetime.date(2020, 1, 2), None, None, None],
        "money": [decimal.Decimal("1.50"), None, None, None],
    }
)


def test_csv_has_nested_values_as_json(tmp_path: Path) -> None:
    assert write(tmp_path / "out.csv", NESTED).decode() == (
        "text,nested,flag,number,day,money\n"
        'plain,"[{""a"":""x\\ty"",""b"":1.5}]",true,1.0,2020-01-02,1.50\n'
        '"quote "" and, comma",[],false,-0.5,,\n'
        '"line\nbreak\ttab",,,,,\n'
        ",[null],true,1e+100,,\n"
    )


def test_tsv_has_text_with_tabs_as_json_too(tmp_path: Path) -> None:
    assert write(tmp_path / "out.tsv", NESTED.select(["text", "nested"])).decode() == (
        "text\tnested\n"
        '"plain"\t[{"a":"x\\ty","b":1.5}]\n'
        '"quote \\" and, comma"\t[]\n'
        '"line\\nbreak\\ttab"\t\n'
        "\t[null]\n"
    )
    table = pa.table({"t": pa.array(["a\tb", "c"]).dictionary_encode()})
    assert write(tmp_path / "out.tsv", table) == b't\n"a\\tb"\n"c"\n'


def test_txt_is_quoted_where_its_delimiter_is_no_tab(tmp_path: Path) -> None:
    assert write(tmp_path / "out.txt", pa.table({"a": ["x;y"], "b": ["z"]})) == b'a;b\n"x;y";z\n'


def test_json_lines_and_parquet_keep_what_is_nested(tmp_path: Path) -> None:
    table = NESTED.select(["text", "nested", "flag", "number"])
    write(tmp_path / "out.jsonl", table)
    assert rows(tmp_path / "out.jsonl") == table.to_pydict()
    write(tmp_path / "out.parquet", NESTED)
    assert pq.ParquetFile(tmp_path / "out.parquet").read().equals(NESTED)


def test_a_name_that_tsv_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="column's name"):
        write(tmp_path / "out.tsv", pa.table({"a\tb": ["x"]}))
    assert list(tmp_path.iterdir()) == []


def test_a_type_that_parquet_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Parquet cannot hold"):
        write(tmp_path / "out.parquet", pa.table({"a": pa.array([{}], pa.struct([]))}))
    assert list(tmp_path.iterdir()) == []


_TEXTS = st.lists(
    st.tuples(*[st.none() | st.text(st.characters(codec="utf-8"), min_size=1)] * 2), max_size=5
)


@given(_TEXTS)
def test_csv_reads_what_it_wrote(tmp_path_factory: pytest.TempPathFactory, cells: Any) -> None:
    columns = {"a": [row[0] for row in cells], "b": [row[1] for row in cells]}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    path = tmp_path_factory.mktemp("csv") / "out.csv"
    write(path, table)
    assert rows(path) == columns


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = write_file(tmp_path / "out.csv", "old")
    path.chmod(0o640)

    def interrupted() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path = write_file(tmp_path / "real.csv", "old")
    (tmp_path / "link.csv").symlink_to(path)
    with replacing(tmp_path / "link.csv") as file:
        file.write(b"new")
    assert (tmp_path / "link.csv").is_symlink()
    assert path.read_text() == "new"


def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no folder"), replacing(tmp_path / "no" / "a.csv"):
        pass
    os.mkfifo(tmp_path / "pipe.csv")
    with (
        pytest.raises(FileError, match="not a file that can be replaced"),
        replacing(tmp_path / "pipe.csv"),
    ):
        pass
