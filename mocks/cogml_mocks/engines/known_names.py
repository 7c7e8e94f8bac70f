"""Names that are known by reputation: no form, and no word beside them, tells what they name.

Companies are those of the Dow Jones Industrial Average, the largest of their trades, and some of
technology that every newspaper takes for known; institutions are the United Nations' system, blocs
of states, agencies of the United States that go by their initials, charities, and the press.
Geographical names are the continents and oceans, the large seas, the longest rivers, and the high
mountains. Left out is what is an ordinary word, or names several things: Apple, Visa, Target,
Shell, Amazon, Orange, WHO.

Not modelled: short forms and other names of the same ("MSFT", "the Fed").
"""

_COMPANIES = """
3M|American Express|Amgen|Boeing|Caterpillar|Chevron|Cisco|Coca-Cola|Goldman Sachs|Home Depot
Honeywell|IBM|Johnson & Johnson|JPMorgan Chase|McDonald's|Merck|Microsoft|Nike|Nvidia
Procter & Gamble|Salesforce|Sherwin-Williams|UnitedHealth|Verizon|Walmart|Walt Disney
Google|Alphabet|Facebook|Meta Platforms|Twitter|Netflix|Intel|Oracle Corporation|Adobe|SAP
Samsung|Sony|Panasonic|Hitachi|Siemens|Bosch|Philips|Huawei|Lenovo|Nokia|Ericsson|Foxconn|TSMC
Toyota|Honda|Nissan|Volkswagen|BMW|Mercedes-Benz|Audi|Porsche|General Motors|Hyundai|Renault
Peugeot|Fiat|Stellantis|Volvo|Tesla|Airbus|Lockheed Martin|Rolls-Royce
ExxonMobil|BP|TotalEnergies|Gazprom|Saudi Aramco|Petrobras
Pfizer|Novartis|Roche|Bayer|AstraZeneca|Sanofi|GlaxoSmithKline|BASF|Nestlé|Unilever|PepsiCo
Danone|Starbucks|IKEA|Carrefour|Tesco|Aldi|Costco|Adidas|H&M
Citigroup|Wells Fargo|Morgan Stanley|HSBC|Barclays|Deutsche Bank|BNP Paribas|UBS|Allianz|AXA
Lufthansa|Air France|British Airways|FedEx|UPS|DHL|AT&T|Vodafone|Deutsche Telekom|Uber|Airbnb
Alibaba|Tencent|Baidu|Xiaomi|SpaceX|OpenAI
"""
_INSTITUTIONS = """
United Nations|European Union|African Union|European Commission|European Parliament
European Central Bank|World Bank|World Health Organization|World Trade Organization
International Monetary Fund|UNESCO|UNICEF|NATO|OPEC|ASEAN|OECD|Interpol
Red Cross|Amnesty International|Greenpeace|Doctors Without Borders|Salvation Army
NASA|FBI|CIA|NSA|FDA|EPA|NOAA|Pentagon|Congress|Federal Reserve|Supreme Court
BBC|CNN|Reuters|Associated Press|New York Times|Washington Post
FIFA|UEFA|NBA|International Olympic Committee
"""
_GEOGRAPHY = """
Africa|Antarctica|Asia|Europe|North America|South America|Australia|Oceania|Central America
Middle East|Scandinavia|Balkans|Caribbean|Siberia|Patagonia
Atlantic Ocean|Pacific Ocean|Indian Ocean|Arctic Ocean|Atlantic|Pacific|Arctic
Mediterranean|Mediterranean Sea|Black Sea|Red Sea|North Sea|Baltic Sea|Caspian Sea|Dead Sea
Persian Gulf|Gulf of Mexico|English Channel|Suez Canal|Panama Canal
Nile|Yangtze|Mississippi River|Missouri River|Danube|Rhine|Rhône|Loire|Seine|Thames|Elbe|Oder
Vistula|Volga|Dnieper|Ganges|Indus|Brahmaputra|Mekong|Euphrates|Tigris|Niger River|Zambezi
Rio Grande
Alps|Andes|Himalayas|Rocky Mountains|Pyrenees|Carpathians|Urals|Appalachians|Caucasus
Mount Everest|Mont Blanc|Kilimanjaro|Mount Fuji|Sahara|Gobi|Kalahari
Lake Victoria|Lake Superior|Lake Michigan|Lake Geneva|Lake Constance|Lake Baikal
"""


def _names(lists: str) -> frozenset[str]:
    return frozenset(lists.strip().replace("\n", "|").split("|"))


ORGANIZATIONS = _names(_COMPANIES) | _names(_INSTITUTIONS)
GEOGRAPHY = _names(_GEOGRAPHY)
