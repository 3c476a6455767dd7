"""More queries of which a person would say what has to come first, held out from the search.

They were written by somebody who had not seen how the search works. After a first run, in which 60
of the 80 were right, the search was changed in general ways.
"""

from tests.benchmarks.search.known import Known

X_MEN = (36657, 127585, 246655, 49538, 36668, 36658, 2080)
DIRECTED_BY_SCORSESE = (
    *(106646, 11324, 1422, 769, 103, 44826, 398978, 3131, 524, 2567, 1578, 1598, 68730, 262),
    *(466420, 10843),
)
DIRECTED_BY_VILLENEUVE = (329865, 438631, 335984, 146233, 273481, 181886)
WITH_SCHWARZENEGGER = (
    *(218, 280, 106, 296, 861, 107846, 138103, 415, 36955, 10999, 76640, 9593, 9279, 9387, 951),
    *(865, 9493, 8452, 9946, 9268, 287424, 6280, 9610, 9604, 9884, 9626, 2099, 5205),
)
WITH_AUDREY_HEPBURN = (
    *(164, 804, 4808, 11113, 6620, 13320, 11352, 3001, 11206, 20139, 18299, 11706, 10786, 6643),
)
WITH_MCCONAUGHEY = (
    *(157336, 106646, 152532, 335797, 522627, 7446, 353491, 438695, 686, 313297, 9919, 50348),
    *(77930, 103731, 1645, 12556, 6278, 9571, 2018, 6877, 8676, 7364, 73567, 11831, 3536, 12149),
    *(92591, 11170, 16780, 11374, 9910, 26748),
)
GUARDIANS = (118340, 283995, 447365)
ABOUT_TIME_TRAVEL = (
    *(299534, 673, 105, 127585, 218, 280, 165, 141, 196, 59967, 41154, 283366, 13475, 577922),
    *(122906, 63, 45612, 1954, 59436, 9339, 206487, 10096, 7551, 696806, 871, 869, 87101, 816),
    *(817, 588228, 576845, 766, 587792, 1267, 2044, 227719, 24420, 23048, 82703, 14069, 14337),
    *(11687, 251516, 1648, 10559, 199, 9963, 9667, 168, 84332, 11232, 10215, 273271, 2157, 1649),
    *(410199, 8831, 11469, 22494),
)
ABOUT_ARTIFICIAL_INTELLIGENCE = (
    *(157336, 603, 99861, 240832, 152601, 78, 218, 335984, 264660, 62, 2048, 604, 605, 550988),
    *(198184, 83542, 20526, 296, 534, 644, 17431, 157353, 500664, 9323, 87101, 536554, 13027),
    *(670292, 860, 152, 262543, 656690, 2605, 1090),
)

HELD_OUT: tuple[Known, ...] = (
    Known("ratatoullie", "Ratatouille (2007)", (2062,)),
    Known("gladiater", "Gladiator (2000)", (98,)),
    Known("intersteller", "Interstellar (2014)", (157336,)),
    Known("silense of the lambs", "The Silence of the Lambs (1991)", (274,)),
    Known("a clockwork ornage", "A Clockwork Orange (1971)", (185,)),
    Known("jurrasic park", "Jurassic Park (1993)", (329,)),
    Known("pshyco", "Psycho (1960)", (539,)),
    Known("memmento", "Memento (2000)", (77,)),
    Known("raging bul", "Raging Bull (1980)", (1578,)),
    Known("THE BIG LEBOWSKI", "The Big Lebowski (1998)", (115,)),
    Known("inglorius bastards", "Inglourious Basterds (2009)", (16869,)),
    Known("requim for a dreem", "Requiem for a Dream (2000)", (641,)),
    Known("apocolipse now", "Apocalypse Now (1979)", (28,)),
    Known("crouching tigre hiden dragon", "Crouching Tiger, Hidden Dragon (2000)", (146,)),
    Known("kazablanka", "Casablanca (1943)", (289,)),
    Known("fite club", "Fight Club (1999)", (550,)),
    Known("noting hil", "Notting Hill (1999)", (509,)),
    Known("bladerunner", "Blade Runner (1982)", (78,)),
    Known("diehard", "Die Hard (1988)", (562,)),
    Known("goodwillhunting", "Good Will Hunting (1997)", (489,)),
    Known("brave heart", "Braveheart (1995)", (197,)),
    Known("good fellas", "GoodFellas (1990)", (769,)),
    Known("zombie land", "Zombieland (2009)", (19908,)),
    Known("budapest grand hotel", "The Grand Budapest Hotel (2014)", (120467,)),
    Known("the bad the good and the ugly", "The Good, the Bad and the Ugly (1966)", (429,)),
    Known("one flew cuckoos nest", "One Flew Over the Cuckoo's Nest (1975)", (510,)),
    Known("perks wallflower", "The Perks of Being a Wallflower (2012)", (84892,)),
    Known("the jaws movie", "Jaws (1975)", (578,)),
    Known("fargo film", "Fargo (1996)", (275,)),
    Known("y tu mama tambien", "Y Tu Mamá También (2001)", (1391,)),
    Known("deja vu", "Déjà Vu (2006)", (7551,)),
    Known("nausicaa", "Nausicaä of the Valley of the Wind (1984)", (81,)),
    Known("der untergang", "Downfall (2004)", (613,)),
    Known("cidade de deus", "City of God (2002)", (598,)),
    Known("laberinto del fauno", "Pan's Labyrinth (2006)", (1417,)),
    Known("七人の侍", "Seven Samurai (1954)", (346,)),
    Known("ladri di biciclette", "Bicycle Thieves (1948)", (5156,)),
    Known("toy story 3", "Toy Story 3 (2010)", (10193,)),
    Known("rocky 4", "Rocky IV (1985)", (1374,)),
    Known("alien 3", "Alien³ (1992)", (8077,)),
    Known("back to the future 2", "Back to the Future Part II (1989)", (165,)),
    Known("kill bill 2", "Kill Bill: Vol. 2 (2004)", (393,)),
    Known("lotr two towers", "The Lord of the Rings: The Two Towers (2002)", (121,)),
    Known("tdkr", "The Dark Knight Rises (2012)", (49026,)),
    Known("et", "E.T. the Extra-Terrestrial (1982)", (601,)),
    Known("xmen", "an X-Men film", X_MEN),
    Known("faceoff", "Face/Off (1997)", (754,)),
    Known("mr and mrs smith", "Mr. & Mrs. Smith (2005)", (787,)),
    Known(
        "dr strangelove",
        "Dr. Strangelove or: How I Learned to Stop Worrying and Love the Bomb (1964)",
        (935,),
    ),
    Known("oceans 11", "Ocean's Eleven (2001)", (161,)),
    Known("lock stock and 2 smoking barrels", "Lock, Stock and Two Smoking Barrels (1998)", (100,)),
    Known("7 samurai", "Seven Samurai (1954)", (346,)),
    Known("twelve angry men", "12 Angry Men (1957)", (389,)),
    Known("scorsese", "a film by Martin Scorsese", DIRECTED_BY_SCORSESE),
    Known("villenueve", "a film by Denis Villeneuve", DIRECTED_BY_VILLENEUVE),
    Known("schwarzeneger", "a film with Arnold Schwarzenegger", WITH_SCHWARZENEGGER),
    Known("audrey hepburn", "a film with Audrey Hepburn", WITH_AUDREY_HEPBURN),
    Known("mathew mcconaughy", "a film with Matthew McConaughey", WITH_MCCONAUGHEY),
    Known("shining nicholson", "The Shining (1980)", (694,)),
    Known("hitchcock birds", "The Birds (1963)", (571,)),
    Known("nolan prestige", "The Prestige (2006)", (1124,)),
    Known("king kong 1933", "King Kong (1933)", (244,)),
    Known("lion king 2019", "The Lion King (2019)", (420818,)),
    Known("total recall 1990", "Total Recall (1990)", (861,)),
    Known("saw", "Saw (2004)", (176,)),
    Known("ran", "Ran (1985)", (11645,)),
    Known("m", "M (1931)", (832,)),
    Known("us", "Us (2019)", (458723,)),
    Known("wrath of khan", "Star Trek II: The Wrath of Khan (1982)", (154,)),
    Known("dead mans chest", "Pirates of the Caribbean: Dead Man's Chest (2006)", (58,)),
    Known("back to the fu", "Back to the Future (1985)", (105,)),
    Known("the truman s", "The Truman Show (1998)", (37165,)),
    Known("guardians of the gal", "Guardians of the Galaxy", GUARDIANS),
    Known("the others", "The Others (2001)", (1933,)),
    Known("the game", "The Game (1997)", (2649,)),
    Known("time travel", "a popular film about time travel", ABOUT_TIME_TRAVEL),
    Known(
        "artificial intelligence",
        "a popular film about artificial intelligence",
        ABOUT_ARTIFICIAL_INTELLIGENCE,
    ),
    Known("reservoir dog", "Reservoir Dogs (1992)", (500,)),
    Known("the colour purple", "The Color Purple (1985)", (873,)),
    Known("fifty shades of gray", "Fifty Shades of Grey (2015)", (216015,)),
)
