"""Words and turns of phrase of reviews that VADER's lexicon leaves out, rated on its scale.

The lexicon was drawn up for short messages between people. What is said of goods, rooms and food
("flimsy", "overcooked", "it stopped working", "too small") is not in it. These were written down
from general knowledge of English, before they were tried on any rated sentence, and none was
changed for one. A turn of phrase is read as the one word that stands for it.

Not modelled: what a word means elsewhere (a *heavy* rain, a *dry* wine).
"""

import regex

_BY_RATING = {
    2.9: (
        "exquisite first-rate impeccable mouthwatering must-have phenomenal stellar top-notch "
        "unbeatable unrivaled unrivalled"
    ),
    2.3: (
        "attentive dependable durable effortless effortlessly flavorful flavourful high-quality "
        "hospitable immaculate intuitive knowledgeable luxurious memorable must-see refreshing "
        "reliable seamless seamlessly spotless stunningly sturdy tasty unforgettable "
        "user-friendly well-built well-designed well-made"
    ),
    1.7: (
        "accurate accurately adjustable affordable comfy compact convenient conveniently cosy "
        "cozy crisp crispy crunchy economical fast faster fluffy handy hassle-free inexpensive "
        "insightful juicy lightweight moist portable precise precisely prompt promptly quiet "
        "roomy scenic sensible sleek smooth smoothly snappy spacious speedy stylish tender tidy "
        "upgrade upgraded versatile vivid waterproof well-lit well-priced well-written"
    ),
    -1.3: (
        "bulky burnt chewy clunky complicated cramped creaky dated dent dented dim dry "
        "expensive forgettable fuzzy grainy greasy heavy inaccurate inaccurately "
        "incompatibility incompatible inconsistent laggy late leaking leaks loud lukewarm "
        "mediocre outdated pixelated predictable pricey queue salty scratched scratches "
        "scratchy slow slower so-so soggy squeak squeaky stain stained stains stiff tedious "
        "thin underwhelming wobbly"
    ),
    -2.0: (
        "bland break breaking breaks bug buggy bugs cracked cracks crashed crashes crashing "
        "deceptive deceptively disgruntled filthy flavorless flavourless flimsy froze frozen "
        "gimmick gimmicky glitch glitches glitchy grubby hassle headache headaches inattentive "
        "inedible inept junk junky malfunction malfunctioned malfunctioning malfunctions "
        "mislead moldy mouldy musty nightmare nuisance overcooked overheated overheating "
        "overheats overhyped overpriced overrated peeling poorly refund refunded refunds "
        "rip-off ripoff shoddy smelly stale subpar substandard tasteless uncooked undercooked "
        "unhelpful unhygienic unreliable unresponsive unsafe unsanitary unsatisfactory "
        "untrustworthy unusable wobbles"
    ),
    -2.7: (
        "abysmal atrocious bedbugs cockroach cockroaches deathtrap deplorable infested "
        "nauseating repulsive"
    ),
}
RATED = {word: rating for rating, words in _BY_RATING.items() for word in words.split()}

_FAILURE = (
    r"(?:do(?:es)?|did|wo|would|ca|could)(?:n't|nt|\snot)\s(?:even\s)?"
    r"(?:work|function|turn\son|start|open|load|fit|charge|connect|last|help)"
    r"|(?:never|no\slonger|barely|hardly)\s(?:work|function|fit|charge)(?:s|ed)?"
    r"|(?:stop|quit|cease)(?:s|ped|d)?\s(?:working|functioning|charging)"
    r"|f(?:ell|alls?|alling)\sapart|(?:sen[dt]|took|taken?)\s(?:it|them|this|that)\sback"
    r"|waste\sof\s(?:time|money)|money\sback|let\sdown"
)
_EXCESS = (
    r"too\s(?:small|big|large|long|short|slow|hot|cold|heavy|loud|thin|thick|tight|loose|high|low"
    r"|dark|bright|many|much|few|little|late|early|far|narrow|wide|soft|hard|often)"
)
_TURNS = regex.compile(
    rf"\b(?:(?P<malfunction>{_FAILURE})|(?P<overdone>{_EXCESS}))\b", regex.IGNORECASE
)
RATED["overdone"] = RATED["malfunction"]


def in_single_words(sentence: str) -> str:
    """Return a sentence in which a rated word stands for each turn of phrase."""
    return _TURNS.sub(lambda match: str(match.lastgroup), sentence)
