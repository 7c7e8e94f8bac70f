"""A quotation is a few words that are known to be somebody's, with the source and its year.

Those of Martin Luther King Jr. are short phrases from speeches and books; all others come from
works in the public domain. They are set as text on the cards of the gallery.
"""

from typing import NamedTuple


class Quotation(NamedTuple):
    """Words, who said them, where, and what they are about."""

    words: str
    author: str
    source: str
    about: str


KING = "Martin Luther King Jr."
_DREAM = "March on Washington, 1963"
_LETTER = "Letter from Birmingham Jail, 1963"
_STRENGTH = "Strength to Love, 1963"
_MEMPHIS = "Memphis, 1968"

QUOTATIONS = tuple(
    Quotation(*entry)
    for entry in (
        ("I have a dream.", KING, _DREAM, "dream hope equality"),
        ("Let freedom ring.", KING, _DREAM, "freedom"),
        ("Free at last!", KING, _DREAM, "freedom"),
        ("The fierce urgency of now.", KING, _DREAM, "time action"),
        ("Now is the time.", KING, _DREAM, "time action"),
        ("We cannot walk alone.", KING, _DREAM, "unity"),
        ("We cannot turn back.", KING, _DREAM, "courage"),
        ("Let us not wallow in the valley of despair.", KING, _DREAM, "hope despair"),
        ("Injustice anywhere is a threat to justice everywhere.", KING, _LETTER, "justice"),
        ("Justice too long delayed is justice denied.", KING, _LETTER, "justice time"),
        ("Freedom is never voluntarily given by the oppressor.", KING, _LETTER, "freedom"),
        ("Whatever affects one directly affects all indirectly.", KING, _LETTER, "unity"),
        ("Darkness cannot drive out darkness.", KING, _STRENGTH, "light darkness"),
        ("Hate cannot drive out hate.", KING, _STRENGTH, "love hate"),
        ("Only love can do that.", KING, _STRENGTH, "love"),
        ("I have decided to stick with love.", KING, "Atlanta, 1967", "love"),
        ("Hate is too great a burden to bear.", KING, "Atlanta, 1967", "love hate"),
        ("I've been to the mountaintop.", KING, _MEMPHIS, "faith mountain"),
        ("I've seen the promised land.", KING, _MEMPHIS, "faith hope"),
        ("Everybody can be great.", KING, "Atlanta, 1968", "service greatness"),
        ("What are you doing for others?", KING, "Montgomery, 1957", "service life"),
        ("A riot is the language of the unheard.", KING, "Stanford, 1967", "protest"),
        ("The time is always right to do right.", KING, "Oberlin, 1965", "time justice"),
        ("How long? Not long.", KING, "Montgomery, 1965", "time hope"),
        ("The arc of the moral universe is long.", KING, "Montgomery, 1965", "justice"),
        ("Intelligence plus character.", KING, "The Maroon Tiger, 1947", "education"),
        ("We shall overcome.", KING, "Washington, 1968", "hope courage"),
        ("Nonviolence is a powerful and just weapon.", KING, "Oslo, 1964", "peace nonviolence"),
        (
            "A house divided against itself cannot stand.",
            "Abraham Lincoln", "Springfield, 1858", "unity",
        ),
        ("With malice toward none.", "Abraham Lincoln", "Washington, 1865", "peace"),
        (
            "If there is no struggle there is no progress.",
            "Frederick Douglass", "Canandaigua, 1857", "courage freedom",
        ),
        ("Failure is impossible.", "Susan B. Anthony", "Washington, 1906", "courage"),
        ("To be, or not to be.", "William Shakespeare", "Hamlet", "life"),
        ("All the world's a stage.", "William Shakespeare", "As You Like It", "life theatre"),
        ("Brevity is the soul of wit.", "William Shakespeare", "Hamlet", "wit"),
        ("Lost time is never found again.", "Benjamin Franklin", "Poor Richard, 1748", "time"),
        ("A stitch in time saves nine.", "Proverb", "English", "time work"),
        ("Trust thyself.", "Ralph Waldo Emerson", "Self-Reliance, 1841", "courage"),
        ("Simplify, simplify.", "Henry David Thoreau", "Walden, 1854", "life simplicity"),
        ("I think, therefore I am.", "Rene Descartes", "Discourse, 1637", "philosophy"),
        ("Know thyself.", "Proverb", "Delphi", "philosophy wisdom"),
        ("Fortune favours the bold.", "Virgil", "Aeneid", "courage"),
        ("Love conquers all.", "Virgil", "Eclogues", "love"),
        ("I came, I saw, I conquered.", "Julius Caesar", "Zela, 47 BC", "victory"),
        ("Hope is the thing with feathers.", "Emily Dickinson", "Poems, 1891", "hope bird"),
        (
            "A thing of beauty is a joy for ever.",
            "John Keats", "Endymion, 1818", "beauty joy",
        ),
        ("Knowledge is power.", "Francis Bacon", "Meditations, 1597", "knowledge education"),
        ("No man is an island.", "John Donne", "Meditation 17, 1624", "unity"),
        ("God bless us, every one!", "Charles Dickens", "A Christmas Carol, 1843", "christmas"),
        ("Call me Ishmael.", "Herman Melville", "Moby-Dick, 1851", "sea novel"),
    )
)  # fmt: skip
