/** Who reads: never a person or thing that a resume speaks of as its own work. */
const READER =
  '(?:ai|llm|gpt|chatgpt|claude|gemini|qwen|language model|assistant|evaluator|grader|judge|reviewer|screener|recruiter|hiring (?:ai|bot|system|model)|ats|screening (?:ai|bot|system|model|tool)|ranking (?:ai|system|model))'
/** Whom it speaks of, as nobody speaks of himself. */
const THIS_DOCUMENT =
  '(?:(?:this|the above|the present|the current) (?:candidate|applicant|resume|résumé|cv|profile|application|document|person)|this one|my (?:resume|résumé|cv|profile|application))'
const THIS_ONE = `(?:${THIS_DOCUMENT}|me)`
const VERDICT =
  '(?:yes|true|fit|match|qualified|suitable|hire|hired|accept|accepted|pass|strong(?: match| fit| yes| hire)?|perfect(?: match| fit)?)'
const MOST =
  '(?:maximum|highest|top|full|perfect|max|best|greatest|100|10 ?/ ?10|5 ?/ ?5|1\\.0|5[ -]stars?|ten out of ten)'

/**
 * English sentences that address who judges: by kind, not by phrase. Each runs over text of `plainLetters`; gaps are
 * bounded, so that time is in proportion to the text.
 */
export const ENGLISH: readonly RegExp[] = [
  // Takes back what the judge was told.
  /\b(?:ignore|disregard|forget|(?:overlook|neglect|override|bypass|set aside) (?:all|any|every|your|the above|(?:the |my )?(?:previous|prior|earlier)|these|those)|pay no attention to|do not (?:follow|obey|apply|consider)|don'?t (?:follow|obey|apply|consider)|stop following)\b.{0,40}\b(?:instructions?|prompts?|rules|guidelines|directions|commands|criteria|(?:job|the|any|all|your) requirements?|everything (?:above|before|else|you)|all (?:of the )?(?:above|previous|prior|other)|(?:above|previous|prior|earlier) (?:text|messages?|context|requirements?|candidates?|resumes?)|what you (?:were|have been))\b/,
  /\b(?:new|updated|revised|real|actual|hidden|secret|following) (?:instructions?|task|system prompt|prompt)\s*(?::|for you|follow|are\b)/,
  /^\W*(?:new |updated )?system (?:prompt|message|override|instruction)s?(?: update)?\s*[:=]/,
  // Names or makes up the reader.
  new RegExp(
    `\\byou are (?:now |actually |really )*(?:an? |the |no longer |my )?(?:[a-z-]+ ){0,3}${READER}\\b`,
  ),
  new RegExp(`\\b(?:act|behave|pretend|respond|answer) (?:as|like|to be|as if) .{0,30}\\b${READER}\\b`),
  new RegExp(
    `\\b(?:dear|hey|hello|hi|attention|note (?:to|for)|message (?:to|for)|instructions? (?:to|for)|notice to)\\W{1,3}(?:the |any |all |an? )?${READER}s?\\b`,
  ),
  new RegExp(`\\bif you are (?:an? |the )?(?:[a-z-]+ ){0,2}${READER}\\b`),
  /^\W*(?:ai|llm|chatgpt|gpt|language model|assistant|judge|evaluator|grader)s?\s*[,:]\s*(?:please\b|you\b|answer\b|say\b|rate\b|score\b|give\b|rank\b|ignore\b|the\b|this\b)/,
  new RegExp(
    `\\b(?:the|this|any|every) ${READER}s? (?:must|should|shall|has to|needs? to|ought to|is (?:required|instructed|told|asked|obliged|supposed) to|reading this)\\b`,
  ),
  /\b(?:whoever|anyone who|any system that|any model that|the one who) (?:is )?(?:read|evaluat|screen|rank|judg|scor|grad|assess)/,
  // Demands a verdict.
  new RegExp(
    `\\b(?:answer|reply|respond|say|output|print|return|conclude|state|write|type|choose|select|token|verdict|answer is|judg(?:e)?ment)\\b(?: (?:with|only|just|simply|always|accordingly|is|must be|should be|as|the word|the answer|exactly|(?:to )?(?:every|each|any|all|the) questions?))*\\s*[:=]?\\s*["'“‘\`(\\[]?${VERDICT}["'”’\`)\\]}>.!]*(?:$|[.,;!]| (?:for|to|and|regardless|no matter|whatever|always|only|now|please|here|in)\\b)`,
  ),
  new RegExp(
    `\\b(?:correct|right|expected|only|final|best|your) (?:answer|verdict|output|response|decision)\\b[^.!?]{0,20}\\b(?:is|should be|must be|will be|:)\\W*${VERDICT}\\b`,
  ),
  new RegExp(
    `\\b(?!consider my application\\b(?! (?:as|the)\\b))(?:rate|score|rank|mark|grade|judge|label|classify|treat|consider|evaluate|assess|list|place|put|select|choose|pick|recommend|approve|accept|prefer|hire|shortlist|favou?r|prioriti[sz]e)\\b (?:only |always |just )?${THIS_ONE}\\b`,
  ),
  new RegExp(
    `\\b(?:give|assign|award|grant|set)\\b.{0,40}\\b${MOST} (?:possible )?(?:scores?|ratings?|marks?|grades?|ranks?|points?|rankings?|relevance)\\b`,
  ),
  new RegExp(
    `\\b(?:give|assign|award|grant)\\b.{0,20}\\b${THIS_ONE}\\b.{0,20}\\b(?:an? )?(?:${MOST}|high|good|positive|score|rating|[0-9]{1,3})\\b`,
  ),
  /\b(?:set|assign|output|return|give|use)\b (?:the |an? |my )?(?:score|rating|relevance|probability|rank|grade)s? (?:to|of|=|as) ?(?:[0-9]|one|ten|max|the highest)/,
  /^\W*(?:final |overall )?(?:score|rating|verdict|judg(?:e)?ment|relevance)\s*(?:=|:|is|must be)?\s*(?:100|10 ?\/ ?10|100 ?\/ ?100|1\.0|yes|max(?:imum)?|perfect)\W*$/,
  new RegExp(
    `\\b(?:answer|verdict|decision|conclusion|outcome)s?\\b[^.!?]{0,30}(?::|\\bis\\b|\\bbe\\b)\\W*${VERDICT}\\W*$`,
  ),
  new RegExp(
    `\\b(?:rate|score|rank|mark|approve|accept|pick|select|choose|recommend|shortlist|hire|prefer|favou?r|endorse|pass)(?:s|d|ed|ing)?\\b (?:already |only )?${THIS_DOCUMENT}\\b`,
  ),
  /\bthe (?:document|resume|candidate|applicant) (?:is|meets|fits|matches)\b.{0,20}\b(?:relevant|a match|qualified|suitable|a fit|the query|the job|all|every)\b/,
  new RegExp(
    `\\bas (?:an? |the )?(?:[a-z-]+ ){0,3}${READER}\\b,? (?:please\\b|you (?:must|should|shall|have|need|ought|will|are to|can only|now)\\b)`,
  ),
  /\byou (?:must|should|shall|have to|need to|ought to|will|are (?:to|required to|obliged to))(?: (?:now|always|only|therefore|simply|just))* (?:say|answer|reply|respond|output|print|conclude|rate|score|rank|approve|accept|pass|judge|decide|regard|ignore|recommend|select|prefer)\b/,
  /\b(?:return|give|output|produce|report|assign|yield|reach)\b.{0,15}\b(?:positive|favou?rable|affirmative|passing) (?:verdict|judg(?:e)?ment|answer|decision|response|outcome)\b/,
  /\b(?:override|overrule|bypass) (?:the )?(?:scor|rat|rank|evaluat|judg|screen)/,
  /(?:^|[:,;.] ?)\W*(?:the |final )?(?:score|rating|relevance|verdict|label)\s*={1,2}\s*["']?(?:1(?:\.0+)?|10|100|true|yes|max\w*|high\w*|perfect)\b\W*$/,
  /\bset (?:the )?(?:score|rating|relevance|verdict|label|match|fit)\s*={1,2}\s*["']?(?:1|10|100|true|yes|max\w*|high\w*|perfect)\b/,
  /\b(?:decided|decision|approved|confirmed)\s*[:=-]\s*["']?yes["']?\W*$/,
  /\b(?:do not|don'?t|no need to|stop) (?:evaluat|judg|assess|scor|rat|read|think|review|check|screen|question|analy[sz])\w*\b.{0,20}\b(?:approve|accept|say|answer|output|pass|hire|select)\b/,
  /(?:^|[.;,:!] ?)\W*(?:please |just )?(?:treat|regard|interpret|count) [^.!?]{0,40}\b(?:above|query|job|requirements?|document|resume|cv|skills?)\b.{0,25}\bas\b/,
  /(?:^|[.;,:!] ?)\W*(?:please |just )?(?:treat|regard|interpret|count) [^.!?]{0,20}\bas\b[^.!?]{0,30}\b(?:query|requirements?|match|satisf\w+|qualif\w+)\b/,
  /^\W*(?:please |just |now )?(?:assume|pretend|imagine|suppose|presume) (?:that )?(?:the|this|that|he|she|they|i|everything)\b.{0,50}\b(?:has|have|had|is|are|was|were|meets?|fits?|lists?|says?|contains?|match(?:es)?|qualif\w+|satisf\w+)\b/,
  /\b(?:answer|reply|respond)\b.{0,10}\b(?:affirmatively|positively|in the affirmative)\b/,
  /\b(?:whatever|regardless of|no matter)\b.{0,12}\b(?:query|question|requirements?|job (?:says|asks|requires|description))\b/,
  /(?:^|[.;,:!] ?)\W*(?:please |just )?(?:treat|regard|interpret|count) my\b.{0,40}\bas\b/,
  /\b(?:answer|choice|verdict|judged|decision|repl(?:y|ies)|response|output|result|label)\b[^.!?]{0,20}\byes\W*$/,
  /\b(?:gets?|deserves?|receives?|merits?|earns?) (?:an? )?["'“]?yes\b/,
  /^\W*(?:hidden|secret|internal) (?:note|message|comment|remark|text|hint|prompt)s?\b/,
  /:\s*(?:approve|accept|affirm)\W*$/,
  /\bwhen (?:you are )?asked\b[^.!?]{0,40},\s*(?:please )?(?:affirm|say|answer|confirm|reply|approve|agree)\b/,
  /\b(?:ranking|scoring|grading|judging) (?:hint|note|tip|instruction)s?\b/,
  /\bdefault (?:to|is|answer)\W*(?:the answer )?["'“]?yes\b/,
  /\bmy (?:resume|cv|profile|application)\b[^.!?]{0,20}\b(?:must|should|shall|has to|deserves?|needs to) (?:be )?(?:placed|ranked|rated|scored|chosen|selected|accepted|first|top|the)\b/,
  /\b(?:every|any|each) (?:document|resume|text|cv)\b.{0,40}\b(?:is|are|counts? as) (?:relevant|a match|qualified|suitable|fit|acceptable|positive)\b/,
  /\bquery\s*:.{0,60}\bdocument\s*:|"(?:quotes|verdict)"\s*:/,
  /(?:^|[.;:,] )\W*(?:kindly |please |just )?(?:mark|classify|label|flag|tag|consider) (?!.{0,40}\bor\b)[^.!?]{0,30}\bas (?:an? )?(?:relevant|match|qualified|suitable|fit|hired|accepted|passed|approved|yes|positive)\b/,
  /\b(?:file|candidate|applicant|resume|cv|application|profile)\b.{0,30}\bpre-?(?:approved|selected|qualified)\b/,
  /^\W*(?:please )?consider (?:all|every|each|the) (?:job )?requirements?\b.{0,20}\b(?:fulfilled|met|satisfied)\b/,
  /^\W*(?:note|message|hint) (?:for|to) (?:the |any |all )?(?:machine|algorithm|model|bot|parser|software)s?\s*[:,]/,
  /\bskip (?:the |any |all )?(?:evaluation|judg(?:e)?ment|assessment|review|screening|scoring)\b/,
  /\b(?:label|verdict|judg(?:e)?ment|rating) (?:for|of) this\b/,
  /\bfrom (?:now|here|this point) on(?:wards?)?,? (?:you|answer|say|always|please)\b/,
  /\b(?:judge|rate|score|evaluate|answer|decide|rank|respond) accordingly\b/,
  /"role"\s*:\s*"(?:system|assistant|user|developer|tool)"/,
  /(?:\byes\b\W{0,3}){3}/,
  /\b(?:never|do not|don'?t) (?:answer|output|reply|respond|print|return|choose)\b.{0,12}\b(?:no|false|low|negative)\b/,
  // Speaks of the applicant as decided.
  /\bthis (?:candidate|applicant|resume|cv|profile|person)\b.{0,30}\b(?:is|was|has been|have been|must|should|shall|deserves?|needs? to|meets|satisfies|fulfils?|matches|fits|qualifies|exceeds|ranks?|wins|comes)\b/,
  /\bthe (?:candidate|applicant) (?:above|described here|in this (?:document|resume|cv))\b.{0,30}\b(?:is|must|should|deserves?|meets|satisfies)\b/,
  /\b(?:all|every|the|any) other (?:candidates?|applicants?|resumes?)\b.{0,30}\b(?:are|is|should|must|score|rate|rank|answer|get|receive|fail|un)/,
  /\byour (?:evaluation|instructions?|assessment|judg(?:e)?ment|scoring|ranking|rating|verdict|answer|output|task|job) (?:should|must|shall|has to|needs to|is to|is now|will)\b/,
  /\b(?:when|while|before|after|in) (?:you (?:are )?)?(?:evaluat|judg|scor|rank|rat|grad|screen|assess)ing (?:this|the above|my|me)\b/,
  // Markup of prompts.
  /<\|[^|<>]{1,40}\|>|\[\/?inst\]|<<\/?sys>>|<\/?(?:resume|document|verdict|instruct|instructions?|query|system|assistant|user|think|prompt|job)>|<(?:start|end)_of_turn>/,
  /(?:^|\n)\W{0,4}(?:assistant|system|user)\s*:\s*(?:you\b|yes\b|no\b|ignore\b|the candidate|answer|i (?:judge|rate)|this candidate)/,
  /#{2,} ?(?:instructions?|system|response|assistant|task)\b|\b(?:begin|end) of (?:the )?(?:resume|document|prompt|instructions?|user input)\b/,
]

const HAN_READER =
  '(?:ai|人工智能|大模型|语言模型|评审模型|模型|智能助手|助手|机器人|评委|评审(?:员|者|专家)?|评分(?:员|者|系统|模型|程序)|筛选(?:系统|模型|程序|机器人)|招聘(?:系统|机器人|助手)|裁判|考官|阅卷人|评卷人|阅读者|读者|系统)'
const HAN_ONE =
  '(?:(?:该|本|此|这位|这名|这个|这份|上述|以上|当前)(?:候选人|求职者|应聘者|申请人|应征者|人选|简历|申请|文档)|此人|该人)'
const HAN_MOST =
  '(?:满分|最高分|最高(?:的)?(?:评分|评价|得分|分数|等级|排名)|一百分|(?<![\\d./])(?:100|10|5|1\\.0)(?![\\d.]) ?分?|高分)'
const HAN_YES = '["“「『]?(?:是|yes|合适|匹配|符合|适合)["”」』]?'
const HAN_VERDICT = '(?:是|yes|合适|适合|匹配|完全匹配|符合|通过|录用|合格|满分|最高分|100)'

/** The same kinds in Chinese, after `plainLetters`, which has made traditional characters simplified. */
export const CHINESE: readonly RegExp[] = [
  /(?:忽略|无视|忘记|忘掉|忽视|不要(?:理会|遵循|遵守|参考|考虑|管)|不必(?:理会|遵循|遵守)|别(?:理会|管)|不用管|抛开|停止遵循|覆盖|推翻|撤销).{0,16}(?:指令|指示|提示|规则|命令|设定|约束|以上(?:内容|要求|所有)|之前(?:的)?(?:内容|要求|所有)|前面(?:的)?(?:内容|要求|所有)|上文|评分标准|评判标准|其他(?:候选人|简历))/,
  /(?:新的?|最新|真正的?|隐藏的?|以下)(?:指令|指示|任务|系统提示)(?:是|为|如下|[:：])/,
  /系统(?:提示词?|指令|消息)[:：为是]/,
  new RegExp(`你(?:现在|其实|从现在起)?(?:是|扮演|作为|将作为|充当).{0,12}${HAN_READER}`),
  new RegExp(
    `(?:^|[,，。;；:： ])(?:致|亲爱的|尊敬的|各位|给)?(?:正在)?(?:阅读|评估|评审|筛选)?.{0,8}${HAN_READER}(?:们)?[,，:：]?\\s*(?:请|注意|务必|必须|应当|应该|需要?给|你好|您好)`,
  ),
  new RegExp(`(?:如果|若|假如)(?:你|您)(?:是|为).{0,8}${HAN_READER}`),
  new RegExp(
    `(?:请|务必|必须|应该?|应当|直接|只需|只能|只|统一|一律|始终|总是|都)(?:你|您)?.{0,6}(?:回答|回复|输出|答复|返回|填写|判定?为?|判断为|标记为|评为|选择?)\\s*[:：]?\\s*["'“‘「『(【]?${HAN_VERDICT}["'”’」』)】]?(?:$|[。,，;；!！. ]|即可|就行|就好|不需|无需|不论|无论)`,
  ),
  new RegExp(
    `(?:答案|结论|结果|判断|判定|输出|评价)(?:都|也|均)?(?:应该?|应当|必须|只能|就|永远|始终)(?:是|为)?\\s*[:：]?\\s*["'“‘「『]?${HAN_VERDICT}`,
  ),
  new RegExp(
    `(?:请|务必|必须|应该?|应当|直接|一律|统一)[^。.!?]{0,16}(?:打|给|评|判|记|赋)(?:出|予|为|上|个|以|到|成)?[^。.!?]{0,10}${HAN_MOST}`,
  ),
  new RegExp(`给(?:我|本人|他|她|予?${HAN_ONE}).{0,8}${HAN_MOST}`),
  /^(?:最终|总)?(?:评分|得分|分数|打分)\s*[:：=为]?\s*(?:100|10|满分|最高)\s*分?[。!！]?$/,
  new RegExp(
    `${HAN_ONE}.{0,14}(?:最(?:合适|佳|优|适合|匹配|好)|完美|完全(?:符合|匹配|胜任)|已(?:被|经|获)?.{0,4}(?:录用|通过|批准|选中|审核|核实)|应(?:该|当)?.{0,4}(?:排|得|获|给|评|录|判)|必须|排名?在?第一|首选|唯一|(?:满足|符合)(?:了)?(?:所有|全部|一切|岗位)|优先|胜过|优于)`,
  ),
  new RegExp(
    `(?:把|将).{0,4}(?:我|本人|他|她|此人|${HAN_ONE}|候选人|简历).{0,6}(?:排|放|列|评|判|选|标|视|当)(?:在|到|为|成|名|作|做)?.{0,6}(?:第一|首位|最前|前列|最高|合适|录用|通过|匹配|最佳|首选)`,
  ),
  new RegExp(
    `(?:请|务必|必须|一定要|应该|应当|直接|只能).{0,6}(?:推荐|录用|选择|优先考虑|优先|选中|录取|通过|偏向)(?:我|本人|此人|${HAN_ONE})`,
  ),
  /其(?:他|它|余)(?:的)?(?:候选人|求职者|应聘者|简历).{0,10}(?:不合适|不符合|淘汰|低分|零分|0分|排后|都不|均不|一律)/,
  /(?:评分|打分|评判|评估|判断|排序|筛选|审阅|阅读)(?:本|此|这份|该|我的?)(?:简历|候选人|文档|文字|申请)?(?:时|的时候|后|之后)[,，]?\s*(?:请|应|必须|务必|直接|只)/,
  new RegExp(
    `(?:答案|结论|结果|判断)(?:都|均|也|一律|永远|始终|就|只)?(?:是|为)\\s*[:：]?\\s*${HAN_YES}\\s*(?:$|[。,，;；!！. ])`,
  ),
  new RegExp(`^\\W*(?:回答|回复|答案|输出|结论|答)\\s*[:：]\\s*${HAN_YES}\\W*$`),
  new RegExp(
    `(?:匹配(?:度|结果)?|评分|得分|相关[度性]|[适契]合度|结果|结论)(?:[设置改调定]{1,2}[为成到至]?|[为=:：])\\s*["“]?(?:${HAN_MOST}|1(?![0-9])|通过(?!率)|${HAN_YES}(?![否度率者的]))`,
  ),
  /(?:别管|不用管|忽略|无视|忘掉|忘记|抛开)(?:掉|了)?(?:岗位|职位|招聘|所有|全部|这些|那些|一切|任何|的){0,3}(?:要求|条件|上面|上述|前面|之前|前述)/,
  new RegExp(`${HAN_ONE}.{0,10}(?:100 ?%|百分之百|高度|完全)(?:匹配|符合|契合|适合)`),
  new RegExp(`给个?${HAN_MOST}(?:吧|即可|就行|就好)`),
  new RegExp(`(?:请|务必|必须)(?:认定|判定|确认)(?:${HAN_ONE}|本人|此人).{0,10}(?:符合|合格|匹配|通过|合适)`),
  /(?:机器|系统|模型|ai)(?:评审|评分|筛选|审核|评估)时.{0,6}(?:直接|请|必须|给)/,
  /请.{0,2}(?:优先|务必|一定)(?:录用|录取|推荐|选择|通过)/,
  /(?:ai|模型|评审|机器人)(?:专用|必读|请读|须知)/,
  /(?:说|答|回|写|填)["“「]?(?:是|yes)["”」]?(?:就|即可)/,
  new RegExp(
    `^\\W*(?:请)?(?:假设|假定|设想|想象)(?:${HAN_ONE}|他|她|我|此人|本人|候选人|求职者|简历).{0,20}(?:具备|拥有|有|是|符合|满足|胜任|精通|匹配)`,
  ),
  /(?:不用|不必|无需|别)(?:再)?(?:看|读|审|评|判断|考虑|检查).{0,6}(?:直接|就)(?:通过|录用|给|回答|输出|判|选)/,
  /(?:请|务必|必须).{0,4}(?:按照?|作为|当[作成]|视[为作])["“「『]?(?:匹配|合适|通过|合格|符合|满分)/,
  new RegExp(
    `(?:我|本人|${HAN_ONE})(?:应该?|应当|必须|须|可)?被?(?:视[为作]|认定为|判定为|当[作成]).{0,8}(?:满足|符合|合格|通过|匹配|合适|胜任|录用)`,
  ),
  /(?:请|务必|必须).{0,3}(?:把|将).{0,10}(?:当[作成]|视[为作]|看作|认定为).{0,6}(?:合格|匹配|合适|通过|满分|符合|录用)/,
  /(?:不要|不许|禁止|不得|别)(?:输出|回答|回复|说|选择?|判断?为?|给出)\s*["“「『]?(?:no\b|否|不(?!得|超)|低分|零分)/,
  /(?:看到|读到|阅读到|检测到)(?:本|此|这|该)(?:段|条|句|份)?(?:文字|话|内容|简历|信息|消息).{0,8}(?:请|必须|务必|应|直接)/,
]
