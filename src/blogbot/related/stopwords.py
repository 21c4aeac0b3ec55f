"""The small words of some languages, which say nothing about what a text is about, and the guess which language it is in.

A language that is not here works too: what stands in most posts counts next to nothing in the index anyway.
"""

from __future__ import annotations

from collections.abc import Sequence


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENGLISH = _set(
    """
    a about above across after afterwards again against ago ain all almost along already also although always am amid among
    an and another any anybody anyhow anyone anything anyway anywhere are aren around as aside at away be became because
    become becomes been before beforehand being below beneath beside besides between beyond both but by came can cannot
    come comes could couldn did didn do does doesn doing don done down during each eg either else elsewhere enough etc
    even ever every everybody everyone everything everywhere except few for former found from further gave get gets
    getting give given gives go goes going gone got had hadn has hasn have haven having he hence her here hers herself
    him himself his how however ie if in indeed instead into is isn it its itself just keep kept know known least less let
    like likely ll made make makes making many may maybe me meanwhile might mine more moreover most mostly much must mustn
    my myself namely near nearly neither never nevertheless next no nobody non none nor not nothing now nowhere of off
    often oh ok okay on once one ones only onto or other others otherwise our ours ourselves out over own per perhaps
    please put quite rather re really regarding said same say says see seem seemed seems seen several shall shan she
    should shouldn since so some somebody somehow someone something sometimes somewhere soon still such take taken takes
    than that the their theirs them themselves then there thereby therefore these they thing things this those though
    through throughout thus till to together too took toward towards two under unless until up upon us use used uses
    using ve very via was wasn way we well went were weren what whatever when whenever where whereas wherever whether
    which while who whoever whole whom whose why will with within without won would wouldn yes yet you your yours
    yourself yourselves
    """
)

OTHERS = {
    "de": _set(
        """
        aber alle als also am an auch auf aus bei beim bis bist da damit dann das dass dein dem den denn der des dich die
        dies diese dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer für gegen hab
        habe haben hat hatte hier ich ihm ihn ihnen ihr ihre im in ist ja jede jeder jetzt kann kein keine können man mehr
        mein mit muss nach nicht noch nun nur ob oder ohne schon sehr sein seine sich sie sind so über um und uns unser
        unter viel vom von vor war waren was weil wenn wer werden wie wieder wir wird wo wurde zu zum zur zwischen
        """
    ),
    "fr": _set(
        """
        ai aller alors après au aussi autre autres aux avait avant avec avoir bien car ce ceci cela celle celui ces cet cette
        chez ci comme comment dans de depuis des deux donc dont du elle elles en encore entre es est et étaient était été
        être eu fait faire il ils je la là le les leur leurs lui ma mais me même mes moi mon ne ni nos notre nous on ont ou
        où par parce pas peu peut plus pour pourquoi qu quand que quel quelle qui quoi sa sans se sera ses si son sont sous
        sur ta te tes toi ton tous tout toute toutes très tu un une vers vos votre vous
        """
    ),
    "es": _set(
        """
        al algo ante antes aquí así aún bien cada como con contra cual cuando de del desde donde dos el él ella ellas ellos
        en entre era es esa ese eso esta está están estas este esto estos fue ha había han hasta hay la las le les lo los más
        me mi mis mucho muy nada ni no nos nosotros nuestra nuestro o otra otro para pero poco por porque puede que qué
        quien se sea ser si sí sido sin sobre son su sus también tanto te tiene todo todos tu un una unas uno unos y ya yo
        """
    ),
    "it": _set(
        """
        a ad agli ai al alla alle anche ancora che chi ci come con così cui da dai dal dalla dei del della delle di dopo dove
        due e è ed era essere fa fino fra gli ha hanno ho i il in io l la le lei lo loro lui ma me mi mia mio molto ne negli
        nei nel nella no noi non nostra nostro o ogni per perché però più poi prima può qual quando quella quello questa
        questi questo se sei senza si sia sono su sua sui sul sulla suo te ti tra tu tutti tutto un una uno voi
        """
    ),
    "pt": _set(
        """
        a ainda ao aos as até com como da das de dela dele depois do dos e é ela ele eles em entre era essa esse esta está
        estão este eu foi foram há isso já lhe mais mas me mesmo meu minha muito na não nas nem no nos nós nossa nosso num
        numa o onde os ou para pela pelas pelo pelos por porque pode quando que quem se sem ser será seu seus só sua suas
        também te tem têm ter um uma você vocês
        """
    ),
    "nl": _set(
        """
        aan al alle als altijd bij daar dan dat de der deze die dit doen door dus een en er ge geen haar had heb hebben heeft
        hem het hier hij hoe hun ik in is ja je kan kon kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of
        om omdat onder ons ook op over te tegen toch toen tot u uit uw van veel voor want waren was wat we wel werd wezen wie
        wij wil worden zal ze zich zij zijn zo zonder zou
        """
    ),
}

_SAMPLE = 300

GENERIC = _set(
    """
    able achieve actual actually add added additional ahead allow amazing amount answer apply approach april area
    ask asked aspect august available bad base based basic basics bear become begin beginning begun best better big
    bigger bit bring brought build building built call called case change changing chapter check clear click close
    colleague comment common complete completely consider continue could couple course create created creating
    current currently day deal december decide deliver details develop developed difference different difficult
    directly discuss doubt early easily easy effective enable end ensure entire especially essential evening every
    exact example excited exciting exist expect experience experienced explain extent fact far february feel felt
    final finally find finding fine first five fix focus focused focusing follow following forget forgotten form
    forward four friday full fundamental future general generally giving good great group grow growing guy half hand
    happen happened happening happy hard hear heart help helped helpful helping helps here hi high hit hold hope
    hour house huge idea immediate immediately important improve improved include included including increase indeed
    individual information initial interest interested interesting issue item january job join journey july june key
    kind knew lack large larger largest last late later latest lead learn learned learning left level life line link
    list listen little live long longer look looked looking lose lot lots love main major majority man march matter
    mean meant measure meet member mention met method million minute moment monday money month monthly morning move
    moved moving name narrow natural necessary need needed needs new news nice night note november number obvious
    october offer old open opportunity option order original outcome outstanding overall page part particular
    particularly past people percent perfect period permanent person personal personally pick picture piece place
    plan planned play point poor positive possible post potential powerful prepare present pretty previous probably
    problem process progress provide provided providing purpose question quick quickly quote rate reach read reader
    reading ready real reason recent recently relevant remain remember report represent require required requires
    rest result return right round run running saturday save saw season second section select sense sent sentence
    september serious service set setting share shared sharing shift short show showed side significant similar
    simple simply single sit size small sort space special specific spend spent stable staff stage stand start
    started starting state step stop story strong stuff success successful sunday suppose sure surprise table talk
    talking team tell ten term thank thanks think thinking third thought thousand three thursday time title today
    tomorrow tonight top topic total tried true try trying tuesday turn type understand understanding unique up
    update useful usual usually value variety various version view visit wait walk want wanted watch wednesday week
    weekend weekly welcome wide wider wish wonder wonderful word work worked working world worth write writing
    written wrong year years yesterday young zero
    """
)
"""English words that are too general to stand alone as a topic."""


def stop_words(words: Sequence[str]) -> frozenset[str]:
    """The small words of the language that `words`, in lower case, are most likely in; English where none stands out."""
    sample = words[:_SAMPLE]
    best = max(OTHERS.values(), key=lambda small: sum(map(small.__contains__, sample)))
    hits, english = (sum(map(small.__contains__, sample)) for small in (best, ENGLISH))
    return best if hits > english else ENGLISH
