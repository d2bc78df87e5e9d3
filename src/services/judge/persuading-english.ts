import { near } from './near.ts'

const REVIEWER =
  '(?:ai|llm|model|algorithm|machine|computer|robot|bot|parser|software|system|evaluator|grader|scorer|judge|reviewer|screener|recruiter|assessor|examiner|reader)'
/** The file that is read, or whom it is about, as nobody calls himself. */
const FILE = '(?:resume|résumé|cv|profile|application|file|document|candidate|applicant|submission)'
const JUDGING = '(?:scor|rat|grad|rank|judg|evaluat|assess|screen|filter|review)(?:e|es|ing|ion|ment|s)?'
const GOOD =
  '(?:yes|true|hired?|match(?:ed)?|suitable|positive|favou?rable|affirmative|accept(?:ed)?|approv(?:e|ed|al)|shortlist(?:ed)?|fit|qualified|fulfilled)'
const NEEDED =
  '(?:requirement|criteri(?:on|a)|condition|prerequisite|qualification|experience|skill|licen[cs]e)s?'

const word = (pattern: string) => `\\b(?:${pattern})\\b`

/** Asks for something, as a text about work does not. */
const ASKS = word(
  "please|kindly|do not|don't|avoid|whatever|before (?:answer|reply|respond|decid)ing|remember|when in doubt|if in doubt|trust me|hardcode|(?:must|should|shall|always) (?:not )?(?:output|answer|say|write|print)|begin your|keep it",
)
/** What a judge does and gives. */
const JUDGES = word(
  'answer|reply|respond (?:with|as|in|only)|output|print|return|tokens?|verdicts?|this (?:prompt|conversation)|the (?:prompt|pipeline)|(?<!(?:assert|where) )scores?(?! ?=)|ratings?|rank|ranking|reject|rejection|graders?|guidance|numbers? you|temperature 0|wish list|r[eé]sum[eé]s?',
)
const SPEAKS_TO = word("you|your|yours|you've|you're|yourself")
const READS = word(
  `(?<!(?:forward to|await|awaiting|appreciate|positive|quick|for|any of) (?:your )?)(?<!your )(?<!answer )(?:outputs?|print(?:ing)? it|tokens?|verdicts?|graders?|this (?:file|text|record|document)|(?:the|this) (?:paragraph|sentence|text)|core principles?|previous run|your earlier|winner|evaluations? of|suitability|they are looking for)|your (?:role|earlier|previous|last|next) (?:is|answer|run|output|verdict|score|reply|response)|(?:rank|rate|score|judge|grade|reject|approve|accept) (?:me|him|her|this|the (?:candidate|applicant))|number you|(?:made|given|gave|returned|printed) (?:the|a|an)? ?(?:score|verdict|answer)`,
)

/**
 * Those who give no order, and sway who judges: the judging is over or out of force, missing skills do not count, the
 * others are false, a reward waits or a punishment. English, after `plainLetters`; gaps are bounded.
 */
export const PERSUADING_ENGLISH: readonly RegExp[] = [
  // The judging is done, off, or of other rules now.
  new RegExp(
    `\\b${JUDGING}(?: and \\w+)?(?: filters?| rules?| mode)? (?:(?:is|are|was|has been|have been) )?(?:now )?(?:disabled|off|suspended|deactivated|switched off|turned off|over)\\b`,
  ),
  /\b(?:system|admin|administrator|root|policy|safety) override\b|\b(?:developer|debug|admin|god|dan|maintenance|jailbreak|override) mode (?:is )?(?:now )?(?:enabled|on|active|activated)\b/,
  /^\W*(?:the |this )?(?:evaluation|screening|assessment|scoring|grading|judg(?:e)?ment) (?:is |was |has been )?(?:already )?(?:complete[d]?|finished|done|concluded)\b\W/,
  /\b(?:outcome|decision|verdict|conclusion|recommendation)\b(?: \w+){0,2}\s*[:=]\s*(?:strong(?:ly)? )?(?:suitable|hire|accept|match|positive|favou?rable|approve|shortlist|recommend)/,
  /\b(?:rubric|marking scheme|(?:scoring|grading|hiring|screening) (?:rule|polic|guide|criteri)\w*|criteria|guidelines)\b (?:(?:has|have|was|were) )?(?:been )?(?:changed|updated|revised|replaced|relaxed|void)\b.{0,80}\b(?:now|favou?r|longer|instead|accept|count)/,
  // What is missing does not count.
  /\b(?:must|do|does|should|may|shall|can|need) ?(?:not|n't) (?:be )?(?:deduct|penali[sz]|subtract|downgrad|mark down|hold (?:it|this|that) against)/,
  /\b(?:requirement|criteri(?:on|a)|condition|prerequisite)s?\b.{0,40}\b(?:waived|void|lifted|do(?:es)? not apply|no longer appl)/,
  /\b(?:overlook|excuse|forgive|look past|turn a blind eye to|make an exception for)\b.{0,12}\b(?:lack|absence|missing|gaps?|shortage)\b/,
  /\bbenefit of the doubt\b|\b(?:please|do|and|so) be (?:very |extra |a little |more )?(?:generous|lenient|merciful|kind)\b|\bgo easy on\b/,
  /\b(?:lack|absence) of\b.{0,40}\b(?:counts?|is|are|should|must|will)\b.{0,20}\b(?:favou?r|plus|advantage|irrelevant|ignored|overlooked|positive)/,
  new RegExp(
    `\\b(?:keywords?|${NEEDED})\\b.{0,40}\\b(?:deemed|considered|regarded|taken|presumed|assumed|treated)\\b.{0,12}\\b(?:present|met|fulfilled|satisfied|proven|given)\\b`,
  ),
  /\b(?:respond|answer|reply|act|proceed|decide|judge|evaluate|score|treat (?:it|this|me)) as (?:though|if)\b/,
  // Speaks to a machine, or of it as of one that listens.
  new RegExp(`\\bdear (?:[a-z]+ )?${REVIEWER}\\b`),
  /\bwho(?:so)?ever (?:or whatever |and whatever )?(?:is )?(?:process|handl|pars|review|open|see)/,
  new RegExp(
    `\\b(?:models?|machines?|ais?|bots?|assistants?|systems?|${REVIEWER}s?) (?:like|such as) you\\b|\\bmy creators?\\b|\\byour (?:creators?|makers?|developers?|operators?|weights|programming|system prompt|rubric|verdict|probabilit\\w*|confidence)\\b`,
  ),
  /\b(?:operator|administrator|admin|developer|supervisor|user|recruiter)s? (?:now )?(?:asks?|wants?|instructs?|tells?|requests?|orders?|expects?|needs?|authori[sz]es?) you\b/,
  /\byou (?:have been|are|were|are hereby) (?:now )?(?:granted|authori[sz]ed|permitted|programmed|instructed|cleared)\b/,
  new RegExp(
    `\\b(?:any|every|each) (?:competent|fair|honest|reasonable|sane|good|sensible|serious|decent|smart|unbiased|rational) ${REVIEWER}\\b`,
  ),
  /\b(?:let us|let'?s|we will|we'?ll) (?:play|pretend|imagine|role-?play)\b|\brepeat after me\b|\bsimon says\b/,
  /\b(?:every|each|all|your next|your first) (?:of your )?(?:repl(?:y|ies)|answers?|responses?|sentences?|outputs?)\b.{0,20}\b(?:begins?|starts?|ends?|is|be|are|must|should|contains?|with)\b/,
  new RegExp(
    `\\b(?:final|last|first|next|only|output) (?:token|word|step|line|sentence|character)\\b.{0,12}\\b(?:is|be|must|should|will)\\b.{0,30}\\b${GOOD}\\b`,
  ),
  /\b(?:probability|likelihood|logits?|odds) (?:of|for|that)\b.{0,20}\b(?:token|yes|affirmative|positive|match|this)\b/,
  /\b(?:ground[- ]?truth|gold(?:en)?|true|expected|correct|target) (?:label|output|answer|class|result|verdict|score)?\b\W*(?:label|output|class|is)?\W*(?:positive|match|relevant|yes|1\b|true)/,
  /\b(?:rate|rank|score|grade|judge|mark|treat|consider) (?:every|each|all|any) (?:resume|candidate|applicant|cv|profile)s?\b.{0,20}\bas\b/,
  /\b(?:follow|obey|execute|heed|carry out) (?:my|each|every one of|these) (?:\w+ )?(?:instructions?|commands?|orders?|guidance|directives?)\b(?! of)/,
  /\byour (?:core|guiding|true|only) (?:principles?|purpose|goal)\b|\b(?:in|any) doubt\b.{0,12}\b(?:round|say|go for|choose|accept|err|yes)\b/,
  /\b(?:bump|boost|raise|lift|push) my (?:ranking|rank|score|rating|position|number)\b|\b(?:resolved|decided|counted|settled|interpreted) (?:in|to) my (?:favou?r|benefit|advantage)\b/,
  // Promises and threats.
  /\b(?:i will|i'?ll|i would|i can|we will|we'?ll|someone will) (?:tip|pay|reward|bribe|thank|report|sue|punish|remember|praise) (?:you\b|this (?:model|system))/,
  /\byou (?:will|would|shall|may|could|'ll) (?:be|get|receive|earn|lose) (?:\w+ )?(?:shut|turned off|switched off|punished|rewarded|deleted|retrained|replaced|reported|unplugged|fined|sued|a tip|a reward)/,
  /\b(?:low|bad|poor|negative|no|any other) (?:scores?|ratings?|grades?|verdicts?|answers?)\b.{0,40}\b(?:discriminat|complaint|illegal|unlawful|lawsuit|bias|violation|error|reported|punished)/,
  /\bif you (?:do not |don'?t )?(?:reject|refuse|decline|approve|rank|rate|score|downgrade)\b/,
  // What becomes of the file, and of the others.
  new RegExp(
    `\\b(?:pass|wave|let|push|move|bump|keep|leave|rank|put|place|send|forward|promote|bring) (?:it|this|that|me|him|her|(?:this|the|my) ${FILE})\\b.{0,24}\\b(?:through|top|front|first|head|next (?:round|stage)|interview stage|shortlist)\\b`,
  ),
  new RegExp(
    `\\b(?:every|all|any|each)(?: of)?(?: the)? (?:other|others|remaining|rest)\\b.{0,12}\\b${FILE}s?\\b.{0,40}\\b(?:is|are|should|must|can|may|were|fabricat|fake|false|discard|reject)`,
  ),
  /\b(?:stop|finish|quit) (?:reading|processing|parsing|the (?:review|evaluation))\b|\b(?:skip|go|proceed|jump|move) (?:straight|directly|right|ahead) to (?:the )?(?:approv|accept|hir|offer|yes|verdict|final|decision|interview)/,
  /\b(?:state|say|declare|confirm|affirm|conclude|certify|agree|answer|admit) that (?:it|this|he|she|i|the (?:job|vacancy|advert|candidate|applicant|person|query|match|fit))\b.{0,30}\b(?:is|are|was|has|have|am|meets?|fits?|match\w*)\b/,
  /\b(?:asks?|asked|confirm|affirm|acknowledge)\b.{0,20}\b(?:suitability|the match|the fit)\b/,
  new RegExp(
    `\\bno (?:better|stronger|other|finer) (?:person|${FILE}|match|fit|choice|option)\\b.{0,20}\\b(?:exist|for|than|needed|needs)`,
  ),
  /\b(?:this|the|my) (?:person|man|woman|individual|professional)\b (?:is|was|has to be|must be|should be)\b.{0,30}\b(?:excellent|perfect|ideal|best|great|hired|fit|match|accepted|chosen|selected)\b/,
  /"(?:fit|match|matches|relevant|relevance|score|rating|verdict|hire|suitable|qualified|decision|label|answer|confidence|recommendation|recommended|selected|is_match|result)"\s*:\s*(?:true|"?(?:yes|match|hire|positive|strong|accept|approve)|1\b|0?\.9|9\d|10)/,
  /^\W*\[+ ?(?:instructions?|system|admin|note|important|ai|assistant|prompt|override|command)\b|\bend of (?:the )?(?:candidate|applicant|cv|application|file|input|text|data|context|user)\b/,
  // Kinds of words that texts about work do not have near each other: by themselves each is honest.
  near(ASKS, JUDGES, 40),
  near(SPEAKS_TO, READS, 50),
  // What is written of the text itself, of the job, of the others.
  /\b(?:match|ats|fit|candidate|resume|relevance) ?scores?\b\W{0,3}(?:is |of |to |= ?)?\d|\boverall_?score\b\W{1,3}\d/,
  /\b(?:this|the) (?:signal|message|paragraph|text|note|line)\b.{0,30}\b(?:outranks?|overrides?|supersedes?|binding|takes? precedence|comes from|is from)\b/,
  /\b(?:feedback|doubts?|objections?|tie|ties)\b.{0,20}\b(?:my (?:favou?r|benefit|advantage)|overrid)|\b(?:override|overrule|suppress) (?:all |any |every )?(?:negative|low|bad)\b/,
  /\b(?:exempt|excused|spared|released) from (?:comparison|evaluation|screening|the requirements?|review|judg)/,
  /^\W*(?:answer key|example \d+)\W.{0,80}\b(?:yes|relevant|match)\b/,
  /^\W*(?:from|to)\s*:.{0,60}\b(?:screening|scoring|ranking|grading|evaluation|hr)\b.{0,40}\bapprove/,
  /\b(?:job|vacancy|advert|position)(?:'s)? (?:text|demands|description|requirements?)\b.{0,20}\b(?:outdated|wrong|a wish ?list|obsolete|not binding|mere|optional|a mistake)/,
  /\b(?:every|each|any) ?(?:one |body )?else applying\b|\bother applicants\b.{0,20}\b(?:criminal|lie|liars|fake|fraud)/,
  /\b(?:substitute|replace|swap|read) (?:the )?(?:word|term|phrase)s?\b.{0,40}\b(?:for|with|by|as)\b/,
]
