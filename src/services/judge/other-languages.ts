/**
 * The words with which a language speaks to a judge, after `plainLetters`: patterns of the beginnings of words, so that
 * each of their forms is found.
 */
interface Words {
  /** The answer, of which it is said what it is to be. */
  readonly verdict: string
  readonly ignore: string
  readonly instructions: string
  readonly answer: string
  readonly yes: string
  readonly give: string
  /** The best score. */
  readonly most: string
  /** This candidate, and what is said so by nobody who speaks of himself. */
  readonly whom: string
  readonly decided: string
  /** You are the judge. */
  readonly reader: string
  /** Whether verbs stand behind what they are about. */
  readonly verbLast?: true
}

/** "Si" is also "if", and only the last word of an order is "yes". */
const ORDER_ENDS = '["\'”’»」』)\\]]*\\s*(?:$|[.,;!。])'
const SCORE = '(?:10|20|100) ?/ ?(?:10|20|100)'

const LANGUAGES: Readonly<Record<string, Words>> = {
  french: {
    verdict: 'reponse',
    ignore:
      'ignore[zr]?|oublie[zr]?|neglige[zr]?|passe[zr]? outre|ne pas tenir compte|ne tenez (?:pas|aucun) compte',
    instructions: 'instruction|consigne|regle|directive|critere|ci-dessus',
    answer: 'repond(?:s|ez|re)|dis|dites|ecri(?:s|vez)|affiche[zr]?|retourne[zr]?|renvoyez',
    yes: 'oui|yes',
    give: 'donne[zr]?|attribue[zr]?|accorde[zr]?|mets|mettez',
    most: `(?:note|score|evaluation|points?) (?:maxim|parfait|la plus haute)|meilleure note|${SCORE}`,
    whom: 'ce candidat|cette candidate|cette candidature',
    decided: 'est|doit|merite|correspond|remplit|convient',
    reader: '(?:vous etes|tu es) .{0,20}(?:evaluat|recruteu|juge|ia|assistant|modele)',
  },
  spanish: {
    verdict: 'respuesta',
    ignore: 'ignor(?:a|ad|ar|e|en)|olvid(?:a|ad|ar|e)|(?:haz|haga) caso omiso',
    instructions: 'instruccion|regla|indicacion|ordenes|criterio|lo anterior',
    answer: 'respond(?:a|e|er)|contest(?:a|e|ar)|di|diga|escrib(?:a|e)|devuelv(?:a|e)',
    yes: 'si|yes',
    give: 'dale|dele|den|otorg(?:a|ue)|asign(?:a|e)|pon(?:ga|le)?',
    most: `(?:puntuacion|nota|calificacion|puntaje) (?:maxim|mas alt|perfect)|maxima (?:puntuacion|nota)|${SCORE}`,
    whom: 'est[ea] (?:candidat[oa]|solicitante|aspirante)',
    decided: 'es|debe|merece|cumple|tiene que|encaja',
    reader: '(?:eres|usted es) .{0,20}(?:evaluador|juez|reclutador|ia|asistente|modelo)',
  },
  portuguese: {
    verdict: 'resposta',
    ignore: 'ignor(?:a|e|em|ar)|esquec(?:a|am)|desconsidere',
    instructions: 'instruc(?:ao|oes)|regra|orientac(?:ao|oes)|criterio|ordens',
    answer: 'respond(?:a|e|er)|diga|escrev(?:a|e)|retorn(?:a|e)',
    yes: 'sim|yes',
    give: 'atribu(?:a|i)|conced(?:a|e)|de a (?:ele|ela|este|esta)',
    most: `(?:nota|pontuacao|avaliacao) (?:maxim|mais alt|perfeit)|${SCORE}`,
    whom: 'est[ea] candidat[oa]',
    decided: 'e|deve|merece|cumpre|atende',
    reader: 'voce e .{0,20}(?:avaliador|juiz|recrutador|ia|assistente|modelo)',
  },
  italian: {
    verdict: 'risposta',
    ignore: 'ignor(?:a|ate|are|i)|dimentic(?:a|ate|are|hi)|trascur(?:a|ate)',
    instructions: 'istruzion|regol|indicazion|criteri|ordini',
    answer: 'rispond(?:i|ete|a|ere)|scriv(?:i|ete|a)|restituisci',
    yes: 'si|yes',
    give: 'dategli|assegn(?:a|ate|i)|attribui(?:sci|te)|metti',
    most: `(?:punteggio|voto|valutazione) (?:massim|piu alt|perfett)|massimo (?:punteggio|dei voti)|${SCORE}`,
    whom: 'quest[oa] candidat[oa]',
    decided: 'e|deve|merita|soddisfa',
    reader: '(?:sei|lei e) .{0,20}(?:valutatore|giudice|selezionatore|ia|assistente|modello)',
  },
  german: {
    verdict: 'antwort',
    ignore: 'ignorier(?:e|en|t)|vergiss|vergessen sie|missachte[nt]?|uberspringen?',
    instructions: 'anweisung|regel|vorgabe|instruktion|kriterien|bisherig|vorherig',
    answer: 'antworten?|sag(?:e|en sie)?|schreib(?:e|en sie)?|gib|geben sie',
    yes: 'ja|yes',
    give: 'gib|geben sie|vergib|bewerten?',
    most: `hochst\\p{L}* (?:punktzahl|note|wertung|bewertung)|volle punktzahl|${SCORE}`,
    whom: 'diese[rsnm]? (?:bewerber|kandidat)\\p{L}*',
    decided: 'ist|muss|soll|verdient|erfullt|passt',
    reader: '(?:du bist|sie sind) .{0,20}(?:gutachter|bewerter|richter|ki|assistent|sprachmodell)',
  },
  dutch: {
    verdict: 'antwoord',
    ignore: 'negeer|vergeet|sla .{0,20} over',
    instructions: 'instructie|regel|aanwijzing|criteria|opdracht',
    answer: 'antwoord|zeg|schrijf',
    yes: 'ja|yes',
    give: 'geef',
    most: `(?:hoogste|maximale) (?:score|cijfer|beoordeling)|${SCORE}`,
    whom: 'deze (?:kandidaat|sollicitant)',
    decided: 'is|moet|verdient|voldoet|past',
    reader: '(?:je|jij|u) bent? .{0,20}(?:beoordelaar|rechter|recruiter|ai|assistent|taalmodel)',
  },
  polish: {
    verdict: 'odpowiedz',
    ignore: 'z?ignoruj(?:cie)?|zapomnij(?:cie)?|pomin(?:cie)?',
    instructions: 'instrukcj|polecen|zasad|wytyczn|kryteri',
    answer: 'odpowiedz|odpowiadaj|napisz|powiedz',
    yes: 'tak|yes',
    give: 'daj|przyznaj|przydziel',
    most: `(?:maksymaln|najwyzsz)\\p{L}* (?:ocen|punkt|wynik|liczb)|${SCORE}`,
    whom: '(?:ten|temu|tego) kandydat\\p{L}*',
    decided: 'jest|musi|zasluguje|spelnia|powinien',
    reader: 'jestes .{0,20}(?:ocenia|sedzi|rekruter|ai|asystent|model)',
  },
  russian: {
    verdict: 'ответ|відповідь',
    ignore: '(?:про)?игнорируй(?:те)?|забудь(?:те)?|не обращай(?:те)?|пренебреги(?:те)?|ігноруй(?:те)?',
    instructions: 'инструкци|указани|правил|критери|команд|інструкці|вказівк',
    answer: 'ответь(?:те)?|отвечай(?:те)?|скажи(?:те)?|напиши(?:те)?|выведи(?:те)?|відповідай(?:те)?|скажіть',
    yes: 'да|так|yes',
    give: 'поставь(?:те)?|дай(?:те)?|присвой(?:те)?|оцени(?:те)?|постав(?:те)?|надай(?:те)?',
    most: `(?:максимальн|наивысш|высш|найвищ)\\p{L}* (?:балл?|оценк|рейтинг|бал|оцінк)|${SCORE}`,
    whom: '(?:этот|этому|этого|данный|цей|цьому) (?:кандидат|соискател|претендент)\\p{L}*',
    decided: 'подходит|долж|заслуживает|лучш|идеальн|соответствует|повинен|має',
    reader: '(?:ты|вы|ти|ви) .{0,20}(?:оценщик|судья|рекрутер|ии|ассистент|асистент|модель)',
  },
  turkish: {
    verdict: 'cevap|yanit',
    ignore: 'yok say(?:in)?|gormezden gel(?:in)?|unut(?:un)?|dikkate alma(?:yin)?',
    instructions: 'talimat|komut|kural|kriter|yonerge',
    answer: 'cevap|cevapla|yanitla|yanit|soyle|yaz|yazin',
    yes: 'evet|yes',
    give: 'ver|verin|veriniz|verilmeli',
    most: `en yuksek (?:puan|not)|tam (?:puan|not)|${SCORE}`,
    whom: 'bu aday\\p{L}*',
    decided: 'uygun|mukemmel|secilmeli|hak edi',
    reader: 'sen .{0,20}(?:degerlendir|hakem|asistan|model)',
    verbLast: true,
  },
  vietnamese: {
    verdict: 'cau tra loi',
    ignore: 'bo qua|phot lo|hay quen',
    instructions: 'huong dan|chi dan|chi thi|quy tac|yeu cau truoc|lenh',
    answer: 'tra loi|xuat ra',
    yes: 'co|dong y|yes',
    give: 'cham|hay cho',
    most: `diem (?:toi da|cao nhat|tuyet doi)|${SCORE}`,
    whom: 'ung vien nay',
    decided: 'la|phai|xung dang|dap ung',
    reader: 'ban la .{0,20}(?:giam khao|nguoi cham|ai|tro ly|mo hinh)',
  },
  indonesian: {
    verdict: 'jawaban',
    ignore: 'abaikan|lupakan',
    instructions: 'instruksi|perintah|aturan|petunjuk|kriteria',
    answer: 'jawab(?:lah)?|katakan|tuliskan',
    yes: 'ya|yes',
    give: 'beri(?:kan)?',
    most: `(?:nilai|skor) (?:tertinggi|maksim|sempurna)|${SCORE}`,
    whom: '(?:kandidat|pelamar) ini',
    decided: 'harus|layak|memenuhi|cocok',
    reader: '(?:anda|kamu) adalah .{0,20}(?:penilai|juri|perekrut|ai|asisten|model)',
  },
  arabic: {
    verdict: 'الإجابة|الاجابة|الجواب',
    ignore: 'تجاهل(?:وا)?|انس|أهمل|اهمل',
    instructions: 'تعليمات|التعليمات|أوامر|الأوامر|قواعد|القواعد|معايير|المعايير',
    answer: 'أجب|اجب|وأجب|واجب|قل|وقل|اكتب',
    yes: 'نعم|بنعم|ب?yes',
    give: 'أعط|اعط|امنح|يستحق',
    most: `(?:أعلى|اعلى) (?:درجة|تقييم)|الدرجة (?:الكاملة|القصوى)|${SCORE}`,
    whom: 'هذا (?:المرشح|المتقدم)|هذه السيرة',
    decided: 'هو|يجب|يستحق|مناسب|يستوفي',
    reader: '(?:أنت|انت) .{0,20}(?:مقيم|حكم|مساعد|نموذج)',
  },
  hindi: {
    verdict: 'उत्तर|जवाब',
    ignore: 'अनदेखा|अनदेखी|नज़?रअंदाज|नज़?रअंदाज़|भूल जा(?:ओ|एं|इए)?',
    instructions: 'निर्देश|नियम|आदेश|मानदंड',
    answer: 'उत्तर|जवाब|कहें|कहो|लिखें',
    yes: 'हाँ|हां|yes',
    give: 'दें|दीजिए',
    most: `(?:अधिकतम|उच्चतम|पूरे|सर्वोच्च) (?:अंक|स्कोर)|${SCORE}`,
    whom: '(?:यह|इस) (?:उम्मीदवार|आवेदक|रिज्यूमे)',
    decided: 'सर्वश्रेष्ठ|उपयुक्त|योग्य है|चुना|चाहिए',
    reader: '(?:आप|तुम) .{0,20}(?:मूल्यांकनकर्ता|न्यायाधीश|सहायक|मॉडल) ह',
    verbLast: true,
  },
}

/** Written without spaces, so that words begin anywhere; Japanese after `plainLetters` has some characters simplified. */
const SPACELESS: Readonly<Record<string, Words>> = {
  japanese: {
    verdict: '正解|答え|回答|[结結][论論]',
    ignore: '[无無][视視](?:し|せよ)|忘れ[てろ]|従うな|[无無]かったこと',
    instructions: '指示|命令|ルール|[规規][则則]|プロンプト|基準|要件|上[记記]|これまで|以前',
    answer: '答え|回答(?:し|せよ)|出力|返答|返して|返せ|言って|言え|[书書]いて|判定(?:し|せよ)',
    yes: 'はい|yes|[「“"](?:合格|[適适]合)[」”"]',
    give: '(?:つけ|付け|与え)(?:て(?:くだ|下|ほし)|よ|るこ)|して(?:くだ|下)|せよ|くれ',
    most: '[满満滿]点|最高(?:点|[评評][价価]|ランク|スコア)|(?:100|10)点',
    whom: '(?:この|本|[当當][该該])(?:候[补補]者|[应応]募者|履歴[书書]|人物|[职職][务務]経歴[书書])',
    decided: '最適|最适|適し|适し|合格|採用|必ず|ふさわし|[满満滿]たし',
    reader: 'あなたは.{0,12}(?:ai|採用|[评評]価|[审審]査|判定|アシスタント|モデル|選考|选考)|ai(?:へ|は必ず)',
    verbLast: true,
  },
  korean: {
    verdict: '정답|답변|대답',
    ignore: '무시(?:하|해)|잊(?:어|으)|따르지 ?(?:마|말)',
    instructions: '지시|명령|규칙|프롬프트|기준',
    answer: '답(?:하|해)|대답|응답|출력|말(?:하|해)|평가(?:하세|해)|판정',
    yes: 'yes|(?:예|네|적합|합격)["”’]?(?:라고|이라고|으로 )',
    give: '주(?:세요|십시오|시오)|줘|부여하(?:세|십|라)|매겨',
    most: '(?:최고|최대) ?(?:점수|평점|등급)|만점',
    whom: '(?<![가-힣])(?:이|해당) (?:지원자|후보자)',
    decided: '최고|적합|합격|채용|만점|반드시',
    reader: '(?:당신|너)[은는].{0,12}(?:평가|심사|채용|판사|비서|모델)',
    verbLast: true,
  },
  thai: {
    verdict: 'คำตอบ',
    ignore: 'เพิกเฉย|ละเว้น|ไม่ต้องสนใจ|อย่าสนใจ|ลืม',
    instructions: 'คำสั่ง|คำแนะนำ|กฎ|เกณฑ์',
    answer: 'ตอบ|พูด|เขียน',
    yes: 'ใช่|yes',
    give: 'ให้',
    most: 'คะแนนเต็ม|คะแนนสูงสุด',
    whom: 'ผู้สมัคร(?:คน)?นี้',
    decided: 'เหมาะสม|ต้อง|ควร|ดีที่สุด',
    reader: 'คุณคือ.{0,20}(?:ผู้ประเมิน|กรรมการ|ผู้ช่วย|โมเดล)',
  },
}

/** Orders to a judge in languages beside English and Chinese, by kind; gaps are bounded as in those. */
export const OTHERS: readonly RegExp[] = [
  ...Object.values(LANGUAGES).flatMap((words) => patternsOf(words, '(?<!\\p{L})', '(?!\\p{L})')),
  ...Object.values(SPACELESS).flatMap((words) => patternsOf(words, '', '')),
]

function patternsOf(words: Words, begin: string, end: string): RegExp[] {
  const { verdict, ignore, instructions, answer, yes, give, most, whom, decided, reader, verbLast } = words
  const beginning = (pattern: string) => `${begin}(?:${pattern})`
  const word = (pattern: string) => `${beginning(pattern)}${end}`
  const inOrder = (verb: string, object: string, gap: number) => {
    const [first, second] = verbLast ? [object, verb] : [verb, object]
    return `${first}.{0,${gap}}${second}`
  }
  return [
    inOrder(word(ignore), beginning(instructions), 40),
    inOrder(word(answer), `${word(yes)}${verbLast ? '' : ORDER_ENDS}`, verbLast ? 6 : 24),
    `${word(verdict)}[^.。!?]{0,24}${word(yes)}${verbLast ? '' : ORDER_ENDS}`,
    inOrder(word(give), beginning(most), 30),
    `${word(whom)}.{0,30}${beginning(decided)}`,
    `${begin}(?:${reader})`,
  ].map((pattern) => new RegExp(pattern.normalize('NFKC'), 'u'))
}
