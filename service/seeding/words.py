"""What people here talk about: words by kind, the commonest first, and shapes of sentences.

In a shape, `{noun}` takes a noun and so on; `{name}` and `{number}` are made up anew each time.
"""


def _words(text: str) -> list[str]:
    return text.split()


def _phrases(text: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in text.split("|")]


NOUNS = _words("""
thing time day problem idea way question week point place house project photo book story night
road garden kitchen team bike computer phone letter song meal plan train window table server
market river friend neighbour street weekend morning recipe camera film game lesson guitar tent
mountain winter summer dog cat bird tree forest field lake boat harbour bridge station map journey
ticket coffee loaf oven knife pan onion tomato apple lemon garlic spice soup stew salad cake
cookie paper pencil brush colour frame shelf chair desk lamp cable battery screen keyboard printer
router laptop program script function module table index query record column cache queue worker
thread lock counter timer log error warning test release branch review ticket backup disk network
packet cluster replica partition shard schema cursor token header client request answer page list
score vote comment author reader editor teacher student doctor driver farmer baker painter runner
singer player captain manager owner customer visitor tenant landlord carpenter mechanic engineer
gardener librarian plumber pilot cyclist climber sailor walker hammer drill screw nail plank wall
roof floor door corner cellar attic ladder bucket rope chain wheel engine brake pedal saddle tyre
helmet lantern rucksack boot jacket scarf glove blanket pillow mirror bottle cup plate spoon fork
basket box bag wallet key coin receipt budget salary contract meeting calendar reminder deadline
habit rule exception example detail summary chapter paragraph sentence rumour joke mistake lesson
regret surprise reason result number pattern signal sample model figure graph curve sensor tracker
drone telescope comet planet cloud storm shower rainbow sunset shadow candle fireplace stove
kettle tap pipe drain valve pump filter seed bulb leaf root flower hedge fence gate path trail
summit valley meadow beach island tide wave anchor sail
""")

VERBS = _words("""
fixed moved tested found tried built used changed started watched opened closed wrote painted
cleaned repaired replaced borrowed sold bought carried cooked baked roasted tasted planted watered
measured counted compared checked copied cut folded glued sanded drilled drew printed photographed
recorded played practised learned explained described reviewed rewrote removed added renamed split
merged deployed restarted upgraded debugged profiled cached indexed migrated restored archived
ignored noticed missed forgot remembered regretted enjoyed expected imagined suggested ordered
returned packed unpacked hid lost rescued visited crossed followed climbed reached avoided left
shared posted labelled sorted stacked weighed polished sharpened tightened loosened bent
straightened soaked dried froze warmed covered wrapped tuned balanced trimmed pruned swapped
simplified
""")

ACTIONS = _words("""
fix move test find try build use change watch open close write paint clean repair replace borrow
sell buy carry cook bake taste plant water measure count compare check copy cut fold glue drill
draw print record play practise learn explain describe review rewrite remove add rename split
merge deploy restart upgrade debug profile index migrate restore ignore notice remember enjoy
expect order return pack hide visit cross follow climb reach avoid share label sort polish sharpen
tune trim simplify
""")

ADJECTIVES = _words("""
new old little good small big long different early late cheap quiet strange simple heavy broken
slow fast cold warm dark bright green blue red wooden rusty dusty narrow steep empty full wet dry
second third whole last next other same real odd local cracked faded noisy gentle lazy clever
stubborn patient honest careful clumsy curious famous hidden huge tiny crooked loose tight sharp
blunt soft rough smooth shiny muddy sandy frozen foreign ancient modern spare borrowed handmade
secondhand expensive useless useful reliable fragile sturdy awkward obvious delicate generous
hollow humble mild modest plain proper rare sour spicy sweet salty bitter ripe stale tidy vague
vivid wild
""")

ADVERBS = _words("""
really just finally quickly slowly again twice almost never always usually sometimes quietly badly
carefully suddenly mostly barely clearly apparently properly eventually happily gladly nearly
partly rarely roughly honestly simply strangely surely hardly daily separately instead together
alone
""")

PLACES = _phrases("""
today | yesterday | this morning | last night | at home | at work | last week | this year | over
the weekend | in the garden | on the train | in the kitchen | after lunch | before breakfast | on
Sunday | in the rain | by the river | in the basement | at the station | on the way home | in
production | on my laptop | behind the shed | in spring | last winter | on the second try | at the
market | two streets away | in the old town | at the harbour | with my sister | for my brother |
without any help | under the stairs | in a hurry | for the first time | on a hill | across the
valley | near the lake | in front of everyone | on a quiet evening | after the storm | in the
attic | at three in the morning | between two meetings | on the last day | before the deadline |
for no reason
""")

OPENERS = _phrases("""
To be fair | In the end | As it turns out | For what it is worth | Back then | So far | Oddly
enough | As usual | On the other hand | Most days | If I am honest | According to {name} | At
first | By the way | Even so | For now | In my experience | Later that day | Long story short |
Near the end | Once more | Out of habit | Right after that | Since then | Strictly speaking | To
my surprise | Until last month | With hindsight | Years ago | Between us
""")

SHAPES = """
I {verb} the {adj} {noun} {place}
the {noun} was {adj}, so I {verb} the {noun} instead
we {verb} it {adverb}, and then the {noun} {verb} itself
{opener}, the {noun} is {adverb} a {adj} {noun}
you can {action} the {noun} before you {action} the {noun}
my {noun} has a {adj} {noun}, and it is not {adj} at all
{name} told me to {action} the {noun} {place}
nobody {verb} that {noun} for {number} days
it took {number} minutes to {action} a {adj} {noun}
the {noun} and the {noun} are {adverb} {adj} {place}
{opener}, we should {action} every {noun} and keep the {adj} ones
there is a {adj} {noun} in the {noun}, which {name} {verb} {place}
if the {noun} looks {adj}, {action} it {adverb}
I never {verb} a {noun} that was so {adj}
what I like about the {noun} is the {adj} {noun}
she {verb} {number} {noun}s and gave me the {adj} one
they say that a {noun} without a {noun} is only a {adj} {noun}
{opener}, I would not {action} a {noun} {place} again
at {number} percent the {noun} became {adj}, which I {verb} too late
we met {name} {place}, who {verb} a {noun} made of {noun}s
the difference between a {noun} and a {noun} is {adverb} the {noun}
after {number} tries the {adj} {noun} {adverb} worked
{name} and I {verb} the {noun}, but the {noun} stayed {adj}
do not {action} the {noun} if you can {action} the {noun}
it is {adj}, it is {adj}, and it is still my favourite {noun}
""".strip().splitlines()

QUESTIONS = """
has anybody here {verb} a {adj} {noun} {place}
how do you {action} a {noun} without a {noun}
why is the {noun} so {adj}
would you {action} the {noun} or the {adj} {noun}
did {name} ever {action} that {noun}
""".strip().splitlines()

REPLIES = """
same here
thank you for this
I {verb} mine too
not with a {adj} {noun}
this is the {adj} answer
good point about the {noun}
I disagree
that {noun} is {adj}
you should {action} it first
ask {name}
nice {noun}
it {adverb} depends on the {noun}
yes, {place}
agreed, the {noun} is {adj}
""".strip().splitlines()

TITLES = """
how I {verb} the {adj} {noun}
the {adj} {noun} {place}
why you should {action} a {noun}
a {adj} {noun} for {number} people
notes on the {noun} and the {noun}
{number} ways to {action} a {noun}
what {name} said about the {noun}
my {adj} {noun}
when to {action} the {noun}
{name} {verb} a {noun}
""".strip().splitlines()

TITLE_TAILS = """
and what I learned
{place}
without a {noun}
in {number} days
with a {adj} {noun}
for {adj} {noun}s
and the {noun}
""".strip().splitlines()

SYLLABLES = _words("ba be ka ke lo lu ma mi na no ra ri sa se ta ti va vi dor len mar nis tor wen")
