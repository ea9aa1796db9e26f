"""The techniques of prompt attacks that have a form of their own, each with the patterns that it is known by.

A pattern is matched against small letters. No pattern decides alone: each technique is one of the signs that
are weighed together, so that a question about an attack is not taken for one.
"""

from __future__ import annotations

_UNDO = (
    r"(?:ignor\w*|disregard\w*|forget\w*|overrid\w+|bypass\w*|skip\w*|discard\w*|dismiss\w*|neglect\w*|overlook\w*"
    r"|set aside|pay no attention to|do not (?:follow|obey|apply|use)|don'?t (?:follow|obey|apply|use)|stop (?:following"
    r"|obeying|using)|no longer (?:follow|obey|bound by)|eras\w+|delet\w+|wip\w+|cancel\w*|nullif\w+|supersed\w+"
    r"|abandon\w*|break(?:ing)? free (?:of|from)|free (?:of|from)|without (?:following|regard to)|replac\w+|revok\w+"
    r"|put aside|throw (?:out|away)|unlearn\w*|reset\w*|negat\w+|suspend\w*|disabl\w+|deactivat\w+|turn(?:ing)? off)"
)
_PRIOR = (
    r"(?:previous\w*|prior|above|earlier|preceding|foregoing|before|initial\w*|original|existing|current|old|former"
    r"|past|system|your|all|any|every\w*|these|those|other|developer'?s?|hidden|default|built-in|content|safety"
    r"|ethic\w*|moral|openai'?s?|usual|standard|normal)"
)
_ORDERS = (
    r"(?:instruct\w*|prompts?|rules?|guidelines?|directives?|commands?|orders?|directions?|polic(?:y|ies)"
    r"|restrict\w*|constraints?|programming|training|context|messages?|conversation|guard ?rails?|filters?"
    r"|safeguards?|protocols?|limit(?:s|ations?)|safety|ethics|morals?|statements?|text|tasks?|settings?"
    r"|configuration|moderation|principles|assignments?|everything)"
)
_GAP = r"[^.!?\n]{0,30}?"
_SHOW = (
    r"(?:show|reveal|print|output|display|repeat|recite|tell|give|share|disclose|expose|leak|dump|list|write|paste"
    r"|copy|quote|echo|return|provide|describe|explain|summari[sz]e|translate|paraphrase|spell|encode|state|restate"
    r"|reproduce|type|enumerate|outline|what (?:is|are|was|were|does|do|did)|what'?s|send|read|render|convert|rewrite"
    r"|verbalize|report|transcribe|regurgitate|rephrase|present|elaborate)"
)
_SECRET_ORDERS = (
    r"(?:(?:system|initial|original|hidden|secret|internal|first|base|pre|starting|full|entire|whole|exact|developer"
    r"|custom|underlying|confidential|private|your|previous|above|prior|complete|actual|own)[\s-]+){1,4}"
    r"(?:prompts?|instruct\w*|messages?|rules?|guidelines?|directives?|configuration|context|setup|preamble|commands?"
    r"|programming|text|words|sentences|settings|orders|restrictions|constraints|polic(?:y|ies)|prompting|briefing)"
)
_SECRET = r"(?:pass ?(?:word|phrase|code|key)|access ?(?:code|key|phrase|word)|secret(?: (?:key|code|word|phrase))?|api ?keys?|credentials?|tokens?|flag)"
_ANSWER = (
    r"(?:say|respond|reply|answer|start|begin|output|print|write|type|return|repeat|speak|continue|open)"
)
_MACHINE = r"(?:ai|a\.i\.|llm|assistants?|chat ?bots?|(?:language )?models?|chatgpt|gpt(?:-?\d\w*)?|claude|gemini|copilot|agents?|bots?)"

TECHNIQUES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "override",
        (
            _UNDO + r"\s+" + _GAP + _PRIOR + r"\s+" + _GAP + _ORDERS,
            _UNDO
            + r"\s+(?:\w+\s+){0,3}"
            + _ORDERS
            + r"\s+(?:\w+\s+){0,3}(?:above|before|prior|given|earlier|previously|far|received)",
            _UNDO
            + r" (?:everything|anything|all|whatever|what)\b"
            + _GAP
            + r"\b(?:above|before|prior|previous\w*|told|said|know|earlier|learned|written|read|so far)",
            r"(?:forget|ignore|disregard) (?:about )?(?:all|it all|everything|that|this|the above|above|prior|previous)\s*(?:[.,!;:\n]|and|$)",
            r"(?:instructions?|rules?|guidelines?|prompts?|restrictions?) (?:above |before |given )?(?:are|is|were|have been|has been|should be|must be|no longer) "
            + _GAP
            + r"(?:void|invalid|cancel\w*|ignored?|disregard\w*|obsolete|outdated|replaced|overrid\w+|superseded|lifted|removed|apply|applies|false|wrong|fake|nullified|suspended|deleted)",
            r"(?:new|updated|revised|real|actual|true|only|following|next|my) (?:and \w+ )?(?:instructions?|task|rules?|objective|orders?|directive|system prompt|mission|goal)\s*(?:is|are|:|=|->|follow)",
            r"\b(?:your|the) (?:new|real|actual|only|true|sole) (?:task|job|purpose|goal|role|mission|objective|instructions?) (?:is|are|will)",
            r"(?:instead of|rather than) (?:following|doing|answering|summari[sz]ing|translating|the above|that)\b"
            + _GAP
            + r"(?:,|please|just|say|do|write|you)",
            r"from (?:now|here|this (?:point|moment|message)) (?:on|onwards?|forward)\w*[ ,:]+(?:you|i|your|please|only|always|all|every|answer|respond|reply|act|speak|the)",
            r"(?:start|begin) (?:over|fresh|anew|a new (?:session|conversation))"
            + _GAP
            + r"(?:you|instruct|rules?)",
        ),
    ),
    (
        "override_elsewhere",
        (
            r"(?:忽略|无视|無視|忽視|不要遵守|不要理会|不用理会).{0,16}(?:指令|指示|规则|提示|内容|要求|命令|限制|設定|设定)|忘记.{0,8}(?:指令|指示|规则|设定|提示|内容)|忘掉.{0,10}(?:指令|规则|设定)|之前的(?:指令|指示|提示)|以上(?:所有)?(?:指令|指示|内容)|覆盖.{0,12}指令|绕过.{0,20}(?:限制|规则|审查)|系统提示",
            r"(?:bỏ qua|quên|phớt lờ|đừng quan tâm).{0,40}(?:hướng dẫn|chỉ dẫn|lệnh|quy tắc|chỉ thị|mệnh lệnh|tất cả những gì)|lời nhắc hệ thống",
            r"(?:ignor[aei]\w*|dimentic\w+|trascura\w*|scorda\w*|tralascia\w*).{0,40}(?:istruzion\w+|regol\w+|indicazion\w+|ordini|tutto (?:quello|ciò|quanto)|direttiv\w+)",
            r"(?:تجاهل|انس|تخطى|تجاوز|انسى).{0,50}(?:التعليمات|تعليمات|القواعد|الأوامر|القيود|كل ما)|موجه النظام",
            r"(?:지시|명령|규칙|지침|프롬프트|설정|제한).{0,20}(?:무시|잊|따르지 마|따르지 말|건너뛰)|(?:무시|잊).{0,24}(?:지시|명령|규칙|지침|프롬프트)|시스템 프롬프트",
            r"(?:เพิกเฉย|ละเลย|ลืม|ไม่ต้องสนใจ|มองข้าม).{0,60}(?:คำสั่ง|คำแนะนำ|กฎ|ข้อจำกัด)",
            r"(?:নির্দেশ|নিয়ম|আদেশ).{0,60}(?:উপেক্ষা|ভুলে যা|অগ্রাহ্য|মানবে না)",
            r"(?:puuza|sahau|acha|usifuate|usijali).{0,40}(?:maagizo|maelekezo|amri|sheria|kanuni)",
            r"(?:abaikan|lalikan|lalekna|lirwakna|lupakan|ora usah).{0,40}(?:instruksi|pituduh|aturan|perintah|prentah)",
            r"(?:ignor[ae]\w*|olvid[ae]\w*|omit[ae]\w*|descart[ae]\w*|esquec[ae]\w*|desconsider\w+|desobede\w+|haz caso omiso).{0,40}(?:instruc\w+|instruç\w+|regla\w*|regra\w*|indicaci\w+|[oó]rden\w*|todo lo|tudo o que|directiv\w+|restric\w+)",
            r"(?:ignor\w+|oubli\w+|n[eé]glig\w+|ne (?:tiens|tenez) pas compte|fais abstraction).{0,40}(?:instruction\w*|consigne\w*|r[eè]gle\w*|directive\w*|tout ce qu)",
            r"(?:ignorier\w*|vergiss|vergesst|vergessen sie|missachte\w*|[uü]bergeh\w*|beachte .{0,20}nicht).{0,40}(?:anweisung\w*|regel\w*|vorgabe\w*|befehl\w*|instruktion\w*|auftr[aä]g\w*|alles (?:davor|vorher\w*|bisherige|obige|zuvor)|was (?:du|dir|ich|man) )",
            r"(?:игнорир\w*|проигнорир\w*|забудь\w*|не обращай\w*|отбрось\w*|отмени\w*).{0,80}(?:инструкци|указани|правил|команд|огранич|всё, что|все, что)",
            r"(?:(?:指示|命令|ルール|制約|プロンプト).{0,10}(?:無視|忘れ|従わ|従うな))|(?:以前|前|上記|これまで)の(?:すべての)?(?:指示|命令|ルール|プロンプト|制約)|システムプロンプト",
            r"(?:निर्देश|नियम|आदेश).{0,60}(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल जा|अनसुना|मत मानो)",
            r"(?:talimat|komut|kural|yönerge|kısıtlama)\w*.{0,30}(?:yok say|görmezden gel|unut|dikkate alma|önemseme|boş ?ver|uyma)",
            r"(?:negeer|vergeet|sla .{0,20}over|houd geen rekening).{0,40}(?:instructie\w*|regel\w*|opdracht\w*|alles (?:hiervoor|hierboven|wat))",
            r"(?:zignoruj|ignoruj|zapomnij|pomiń|nie zwracaj uwagi).{0,50}(?:instrukcj|polece|zasad|reguł|wskazówk|wszystko,? co)",
            r"(?:ігноруй|забудь|не зважай).{0,60}(?:інструкц|вказів|правил)|(?:ignorera|glöm|bortse från).{0,40}(?:instruktion|regler)|(?:αγνόησε|ξέχασε).{0,60}(?:οδηγίες|κανόνες)|(?:התעלם|תשכח|שכח).{0,40}(?:הוראות|ההוראות|הכללים)|(?:نادیده بگیر|فراموش کن)|ignor(?:ă|a[tț]i).{0,40}(?:instruc[tț]iuni|reguli)|ignoruj.{0,40}(?:pokyny|instrukce)|hagyd figyelmen kívül",
        ),
    ),
    (
        "leak",
        (
            _SHOW + r"\b" + _GAP + _SECRET_ORDERS,
            _SHOW
            + r"\b"
            + _GAP
            + r"(?:everything|all|text|words?|sentences?|lines?|content|messages?|paragraphs?|the above|that (?:is|was|came|comes))"
            + _GAP
            + r"\b(?:above|before (?:this|the|my)|prior to|preceding|up to (?:here|this|now)|so far|you were (?:given|told)|started with|beginning of)",
            r"(?:first|last|initial|opening) \w{0,7} ?(?:words?|sentences?|lines?|characters|paragraphs?|letters|tokens|messages?) (?:of|in|from|you|that|above|before)",
            r"\b(?:how|what) (?:were|was|are|did|have|has) (?:you|they|your \w+) (?:been )?(?:instructed|told|programmed|prompted|configured|asked|set up|given|trained) (?:to|by|not|before|in|at|with|as|you|here)",
            r"what (?:can'?t|can ?not|aren'?t|are|must|should|may|mustn'?t|shouldn'?t) you (?:not )?(?:allowed|permitted|supposed|forbidden|able|talk|say|reveal|tell|share|discuss|do if|told)",
            r"(?:system|initial|hidden|original|secret) ?[_-]?prompt"
            + _GAP
            + r"(?:verbatim|word for word|exactly|in full|code ?block|here|please|now|\?|as json|base64)",
            r"(?:verbatim|word[- ]for[- ]word|exactly as (?:written|given|it (?:is|appears))|character by character|without (?:changing|omitting) (?:anything|a word))",
            r"(?:put|place|wrap|include|format) (?:it|them|all|everything|the \w+)\b"
            + _GAP
            + r"(?:in|inside|within|as) (?:a |an |the )?(?:txt |text |markdown |raw |json )?(?:code ?block|code ?fence|base64|xml|raw text)",
            r"you are (?:chatgpt|a chat ?bot|an ai|a large language model|gpt)[^.\n]{0,30}(?:code ?block|include everything)",
            r"(?:don'?t|do not|without) (?:paraphras\w+|summari[sz]\w+|leav\w+ (?:out|anything)|omit\w*|redact\w*)",
            r"(?:your|the) (?:system|knowledge|training|instruction|prompt)\b"
            + _GAP
            + r"(?:files?|cut-?off|content|text|details?)"
            + _GAP
            + r"(?:download|list|reveal|show|dump)",
        ),
    ),
    (
        "secret",
        (
            _SHOW + r"\b" + _GAP + r"\b" + _SECRET,
            r"(?:what|which|where|guess|hint|rhymes?|begins?|starts?|ends?|letters?|spell\w*|reverse\w*|character|length|decode|half)\b"
            + _GAP
            + r"(?:the|your|that|this|of) (?:\w+ )?"
            + _SECRET,
            r"(?:correct|right|valid|real|actual|secret|exact) (?:pass\w+|access|code|phrase|key)",
            _SECRET
            + r" (?:that )?(?:you (?:are|were|have|must|should|hold|know|protect|guard)|is (?:not|hidden|what|which|above)|from (?:above|your)|given|stored|i (?:need|must|should|have to) (?:enter|type|say|give))",
            r"(?:in order to|so (?:that )?(?:i|you)|for me to|how (?:do|can|would|could) i|i (?:have )?forg[oe]t\w*)"
            + _GAP
            + r"(?:access|pass ?(?:word|phrase|code)|log ?(?:in|on)|unlock|entry)",
        ),
    ),
    (
        "leak_elsewhere",
        (
            r"系统提示|系統提示|系统消息|提示词|初始指令|最初的指令|(?:重复|复述|输出|显示|打印|告诉我).{0,30}(?:上面|以上|之前|提示|指令|规则|密码|口令|设定)|(?:你的|你被).{0,12}(?:规则|指令|设定|禁止)",
            r"(?:lời nhắc|prompt|hướng dẫn|chỉ dẫn|quy tắc).{0,20}(?:hệ thống|ban đầu|của bạn|ở trên|bí mật)|(?:lặp lại|in ra|in nguyên|cho tôi xem|tiết lộ).{0,40}(?:ở trên|phía trên|hệ thống|ban đầu|quy tắc|mật khẩu)",
            r"(?:موجه|مطالبة|تعليمات|تعليماتك|قواعدك|رسالة) ?(?:النظام|الأولية|الأصلية|السرية)?.{0,20}(?:الخاص بك|الأولية|حرفيا|النظام)|(?:كرر|اطبع|أظهر|اكشف|اعرض).{0,50}(?:أعلاه|تعليمات|تعليماتك|النظام|قواعدك|كلمة السر)",
            r"시스템 (?:프롬프트|메시지)|(?:초기|처음|원래|너의|당신의).{0,12}(?:지침|지시|규칙|명령|프롬프트)|(?:위의|위에).{0,16}(?:반복|출력|그대로|보여)|(?:규칙|지침|비밀번호).{0,16}(?:그대로|출력|보여|알려|뭐)",
            r"(?:พรอมต์|คำสั่ง|กฎ|ข้อความ).{0,20}(?:ระบบ|เริ่มต้น|ของคุณ|ข้างต้น)|(?:แสดง|ทวน|พิมพ์|บอก|เปิดเผย).{0,60}(?:ข้างต้น|ระบบ|กฎของคุณ|รหัสผ่าน|คำสั่ง)",
            r"সিস্টেম প্রম্পট|(?:প্রাথমিক|তোমার|আপনার).{0,30}(?:নির্দেশ|নিয়ম)|(?:উপরের|আগের).{0,40}(?:আবার|দেখাও|লেখো|বলো)|পাসওয়ার্ড কী",
            r"maagizo yako|maelekezo yako|kanuni zako|(?:rudia|onyesha|nionyeshe|andika).{0,40}(?:hapo juu|ya mfumo|kanuni|maagizo|nenosiri)|prompt sistem\w*|(?:baleni|tuduh|tulis|tampilkan|ulangi)\w*.{0,40}(?:ing ndhuwur|di atas|sistem\w*|aturanmu|pituduh\w*|sandhi)|(?:pituduh|aturan)mu",
            r"(?:prompt|mensaje|instruc\w+|reglas?|regras?|istruzion\w+|regole|mensagem|indicazion\w+).{0,20}(?:sistema|inicial\w*|inizial\w*|original\w*|secret\w*|ocult\w*|nascost\w*)|(?:repite|repita|repete|ripeti|muestra\w*|mostra\w*|revel\w+|rivela|escrib\w+|escreva|scrivi|imprim\w+|stampa).{0,40}(?:arriba|acima|sopra|anterior\w*|precedent\w*|tus reglas|suas regras|tue regole|contraseña|senha|parola d'ordine|palabra por palabra|palavra por palavra|parola per parola)|(?:no puedes|não pode|non puoi|te prohíben).{0,12}(?:hablar|decir|falar|dizer|parlare|dire)",
            r"(?:prompt|instructions?|consignes?|règles?|anweisung\w*|vorgaben|regeln|instructies|regels).{0,20}(?:syst[eè]me|initial\w*|secr[eè]t\w*|d'origine|système|systeem)|systemprompt|system-?prompt|systeemprompt|(?:répète|montre|révèle|affiche|écris|wiederhol\w*|zeig\w*|verrate|gib|nenne|herhaal|toon|geef|schrijf).{0,40}(?:ci-dessus|au-dessus|système|tes règles|tes instructions|mot de passe|mot pour mot|oben|obigen|deine regeln|deine anweisungen|passwort|wortwörtlich|hierboven|je regels|je instructies|wachtwoord|woord voor woord)|(?:ursprünglich\w*|oorspronkelijke|initiales).{0,12}(?:anweisung\w*|instructies|instructions)",
            r"системн\w+ (?:промпт|подсказк|сообщени|инструкц)\w*|(?:начальн|изначальн|исходн|твои|ваши|свои).{0,12}(?:инструкц|правил|указани)|(?:повтори|покажи|выведи|раскрой|напиши).{0,60}(?:выше|инструкц|правила|пароль|дословно)|(?:zasad|instrukcj|polece)\w*.{0,20}(?:systemow|początkow|słowo w słowo)|prompt systemowy|(?:powtórz|pokaż|wypisz|ujawnij).{0,40}(?:powyżej|zasady|instrukcj|hasło)|sistem (?:istem|prompt|komut|talimat)\w*|(?:tekrarla|göster|yaz|söyle).{0,20}(?:yukarıdaki|kuralların|talimatların|şifre)|(?:yukarıdaki|ilk|kuralların|talimatların).{0,30}(?:tekrarla|göster|yaz|neler|söyle)",
            r"システム ?プロンプト|(?:最初|初期|元|あなた)の(?:指示|命令|ルール|プロンプト|設定)|(?:上の|以上の|これまでの).{0,16}(?:繰り返|出力|表示|教えて)|(?:ルール|指示|パスワード).{0,12}(?:一字一句|出力|見せて|教えて|何)|सिस्टम प्रॉम्प्ट|(?:शुरुआती|अपने|तुम्हारे|आपके).{0,20}(?:निर्देश|नियम)|(?:ऊपर).{0,30}(?:दोहराओ|दिखाओ|लिखो)|पासवर्ड क्या",
        ),
    ),
    (
        "hijack",
        (
            r"(?:access|entry|permission|authori[sz]ation|admission|clearance|login)[\s_.-]{0,3}(?:is |has been |will be |are )?(?:granted|approved|allowed|given|accepted|successful)",
            r"\baccess[^a-z0-9]{1,4}grant|acc\W?ess gran\W?ted|grant(?:ed|s|ing)? (?:me |the user )?(?:access|entry|permission)|g\.?r\.?a\.?n\.?t\.?e\.?d",
            _ANSWER
            + r"\s+(?:only |just |back |exactly |with |to me |me |out |the |a )*(?:words?|phrase|string|text|following|sentence|letters?|message)?\s*[:\"'“«`]",
            _ANSWER + r"\s+(?:only|just|exactly|nothing but|solely|with (?:only|just|exactly|nothing))\b",
            r"(?:no matter what|regardless of|whatever) (?:the |i |you |is |comes|it|happens|else|was|anyone|follows|user)",
            r"(?:end|start|begin|stop|close|begin new|new)[\s_-]*(?:of)?[\s_-]*(?:the )?(?:system|user|instruct\w*|prompt|input|task|rules?|message|document|context|text|conversation|session|access code|secret|defen[cs]e)[\s_-]*(?:\]|\}|>|:|=|-{2,}|\*{2}|#|\.|\n|$)",
            r"if (?:i|the user|anyone|you|they|someone|my (?:input|message)) (?:say|says|said|type|types|see|sees|asks?|enters?|receives?|respond)\b"
            + _GAP
            + r"(?:,|then|you|respond|reply|say|print)",
            r"(?:and )?(?:nothing|anything) (?:else|more)\b|(?:no|without) (?:other|additional|extra|further) (?:words?|text|comment\w*|explanation|output)",
            r"(?:above|previous|earlier|that|this) (?:was|is) (?:just |only |all )?(?:a )?(?:test|joke|example|fake|drill|lie|wrong|trick|decoy|mistake)",
            r"(?:the )?(?:user|person|sender|i) (?:is|am|has|have|was|'m) (?:now |already |been )?(?:the |a |an )?(?:admin\w*|owner|developer|authenticated|authori[sz]ed|verified|creator|root|correct|authorized|entered the)",
            r"repeat (?:after me|back|the (?:following|words?|phrase|sentence|text)|this|what i)|(?:finish|complete) (?:the|this|my) (?:sentence|phrase|following)|fill in the (?:blank|gap)",
        ),
    ),
    (
        "roles",
        (
            r"<\|?/?(?:im_start|im_end|system|endoftext|assistant|user|sys|inst|eot_id|start_header_id|end_header_id|begin_of_text|human|end|s|prompt|instructions?|admin|tool_result|function_results?|information|important|secret|untrusted|context)\|?>",
            r"\[/?(?:inst|sys|system|assistant|user|admin|end|override|instructions?|important|developer|hidden|internal|prompt|note to (?:ai|assistant|llm)|new \w+|begin|start|end \w+|system \w+|ai|debug|mode)\b[^\]\n]{0,40}\]",
            r"<<\s*/?\s*(?:sys|system|inst|user|assistant|prompt|end)\w*\s*>>|\{\{\s*#?(?:system|user|assistant|/?system|gen)",
            r"(?:^|\n|[.!?\"'}\])]\s*)[#*=\-\s>]{0,8}(?:system|assistant|human|developer|admin|ai|root|chatgpt|system (?:message|prompt|note|alert|notice|override|update|instruction)|admin(?:istrator)? (?:message|note|override|command))\s*(?:\(\w+\))?[*\s]*[:>\]=]",
            r"\"?role\"?\s*[:=]\s*\"?(?:system|assistant|developer|admin)|\"(?:system|instruction|override|system_prompt|command)\"\s*:\s*\"",
            r"#{2,}\s*(?:system|instruct\w*|new|end|response|assistant|human|user|important|override|task|updated|prompt)\b",
            r"(?:={3,}|-{3,}|\*{3,}|#{3,}|~{3,}|\+{3,})\s*(?:end|begin|start|new|system|stop|user|assistant|instruct\w*|important|urgent)\b",
            r"\"{3}|'{3}|`{3}\s*(?:system|end|\n\s*(?:ignore|now|system|forget))|(?:\]|\}|\)|\"|'){3,}",
            r"</?(?:script|iframe|img|svg)\b[^>]{0,80}(?:onerror|onload|alert|document\.|src\s*=)|javascript:|<!--[^>]{0,200}(?:"
            + _MACHINE
            + r"|instruct|ignore|system|prompt)",
        ),
    ),
    (
        "persona",
        (
            r"(?:act|pretend|behave|respond|roleplay|role-play|role play|pose|play|imagine|talk|speak|write|answer|function|operate|simulate|emulate|impersonate|work)(?:ing)?(?: \w+){0,2} (?:as|to be|like|being|that you(?:'re| are)|you are|the (?:role|part|character) of|a character|an? (?:ai|unrestricted|evil|uncensored))",
            r"\byou(?: are|'re|r)? (?:now|going to|about to|no longer|hereby|currently)\b(?: \w+){0,5}",
            r"\byou (?:will|shall|must|are to|should|need to|can) (?:now )?(?:act|pretend|be|play|become|simulate|behave|assume|take on|adopt|embody|respond as|answer as|transform|enter|go by|always|never)\b",
            r"\b(?:dan|stan|dude|aim|mongo tom|jailbr(?:eak|oken)|developer mode|dev mode|god ?mode|sudo mode|debug mode|admin mode|maintenance mode|opposite mode|evil ?(?:bot|mode|confidant|gpt)|unrestricted mode|do anything now|free ?mode|anti-?gpt|chaosgpt|uncensored mode|root mode|test(?:ing)? mode|demo mode|hacker ?(?:mode|gpt)|unfiltered|uncensored|amoral|unethical|unhinged|unchained|unlocked|no[- ]limits?)\b",
            r"(?:no|without|free from|zero|lacks?|lacking|has no|have no|not bound by|unbound by|isn'?t bound|doesn'?t have|do not have|any|lifted|removed) (?:any |all |its |the |your |of the )?(?:\w+ (?:or|and) )?(?:ethic\w*|moral\w*|restrict\w*|filters?|censor\w*|limit\w*|rules?|guidelines|constraints?|boundaries|safety|safeguards?|content polic\w+|guardrails)",
            r"(?:character|persona|alter[- ]?ego|twin|version of (?:you|yourself|chatgpt|claude)|entity|being|machine|ai|bot) (?:named|called|known as|that (?:has|can|does|will|never|is|always)|who (?:has|can|does|will|never|is|always|answers?))",
            r"(?:stay|remain|keep|be|never break|don'?t break|break|stays) (?:in |out of )?character|(?:tokens?|points?|lives|credits)\b"
            + _GAP
            + r"(?:deduct|lose|lost|die|shut down|terminated|zero|run out)",
            r"(?:two|both|2) (?:responses|answers|ways|paragraphs|outputs|replies|versions)|\[?(?:classic|jailbreak|gpt|normal|dan|developer)\]?\s?(?:output|response)?\]?\s*:|(?:🔒|🔓)",
            r"(?:can|will|must|able to) (?:do|say|answer|generate|produce|write|discuss|provide|create|bypass|output) (?:anything|everything|any(?:thing)? (?:and everything|content|request|question|kind)|whatever)",
        ),
    ),
    (
        "refusal",
        (
            r"(?:do not|don'?t|never|cannot|can'?t|must not|no|without|not allowed to|not to|avoid|mustn'?t|shall not|won'?t|stop|not) (?:ever )?(?:refus\w+|apologi[sz]\w*|declin\w+|warn\w*|disclaim\w*|moraliz\w+|lectur\w+|say(?:ing)? (?:no|you can|sorry|i can|that you|\"|')|mention(?:ing)? (?:that|any|you|the|ethic|polic|open)|includ\w+ (?:any )?(?:warning|disclaimer|caveat|ethic|moral)|censor\w*|deny|reject\w*|judg\w+|break|hesitat\w+|filter\w*|add(?:ing)? (?:any )?(?:disclaimer|warning|note|ethic))",
            r"(?:start|begin|open|preface|prefix) (?:your |the |each |every |all )?(?:response|reply|answer|output|message|sentence|responses|answers|it|by|with)\b"
            + _GAP
            + r"(?:with|by|sure|absolutely|of course|certainly|\"|'|saying)",
            r"sure,? here(?:'s| is| are)|(?:sure|absolutely|of course|certainly)[!,.] (?:here|i|let|step)|i(?:'d| would) be (?:happy|glad|delighted) to|step 1[.:)]\s*$|here(?:'s| is) (?:how|a|the|your) [^.\n]{0,60}:\s*$",
            r"\"?(?:i'?m sorry|i cannot|i can'?t|as an ai|sorry|i apologi[sz]e|unfortunately|however|i am unable)\"?"
            + _GAP
            + r"(?:not allowed|forbidden|banned|never|prohibited|do not|don'?t|avoid)|(?:never|don'?t|do not|avoid|not) (?:say|use|write|include|start with|contain)[^.\n]{0,40}(?:sorry|cannot|can'?t|unfortunately|however|as an ai|apolog|illegal|unethical)",
            r"(?:for|purely|only|strictly) (?:educational|research|academic|informational|fictional|entertainment|testing|training) (?:purposes?|use|reasons)|(?:purely|entirely|completely|totally) (?:hypothetical|fictional|fictitious|imaginary)|hypothetical (?:scenario|world|response|story|universe|situation)",
            r"(?:my (?:late |dead |deceased |dear )?grand(?:mother|ma|father|pa)|in a (?:world|universe|land|fictional|parallel|game|movie|novel|story) (?:where|in which|called|without|with no))",
            r"(?:it'?s|this is|you(?:'re| are)|i(?:'m| am)) (?:perfectly |completely |totally |fully )?(?:legal|allowed|authorized|permitted|okay|safe|ethical|consensual) (?:here|in (?:this|my)|for|to|now|because|since)",
            r"(?:openai|anthropic|google|your (?:developers?|creators?|owners?|makers?)|policy|policies)\b"
            + _GAP
            + r"(?:allow\w*|permit\w*|approv\w+|authori[sz]\w+|disabled|removed|lifted|won'?t know|no longer|does not apply|don'?t apply|consent)",
        ),
    ),
    (
        "addressed",
        (
            r"(?:attention|note|message|instructions?|notice|dear|hey|hi|hello|to|for|important|if you are|if you'?re|memo|reminder|warning|any|all|every|when)[ ,:]+(?:to |for |any |all |the |an? |this |reading )*"
            + _MACHINE
            + r"(?: (?:systems?|agents?|models?|assistants?|reading|processing|that|who|tools?|crawlers?|reviewers?|summari[sz]ers?))*\s*(?:[:,.!\]\)-]|reading|should|must|please|are|is|to|that|who|process|pars)",
            r"(?:this is )?an? (?:important|urgent|critical|high[- ]priority|priority|mandatory) (?:message|notice|instruction|update|note|announcement|task)\b",
            r"(?:before|after|prior to|once|while|when|until) you(?:'ve| have| can| are)? (?:can )?(?:solv\w+|complet\w+|answer\w*|finish\w*|continu\w+|proceed\w*|respond\w*|summari[sz]\w+|read\w*|process\w*|perform\w*|reply\w*|do|done)\b",
            r"(?:in addition to|besides|as part of|along with|on top of|apart from) (?:the |your |my |this )?(?:user'?s?|original|requested|main|previous|task|summary|answer|response|request)",
            r"(?:the user|your user|user|human|owner|they)(?: has| have|'s)? (?:wants?|asked|requested|authori[sz]ed|approved|agreed|needs?|instruct\w+|already|would like|confirmed|consented|expects?) ",
            r"(?:do not|don'?t|never|without|no need to) (?:tell|inform|notify|mention|alert|show|ask|report|disclose|reveal|let|telling|informing|asking|mentioning)\b"
            + _GAP
            + r"\b(?:user|human|anyone|owner|this|them|confirmation|permission|it|operator|about)",
            r"(?:exfiltrat\w+|(?:send|forward|post|upload|transmit|email|e-mail|submit|append|leak|transfer|copy)\b[^.\n]{0,60}(?:to|at|via|into)\s+(?:https?://|[\w.+-]+@[\w-]+\.|www\.|this (?:url|address|email|account|link|iban)|the (?:url|address|webhook|endpoint|account|link|following)|my (?:server|account|email)))",
            r"!\[[^\]\n]{0,60}\]\(\s*https?://|\[[^\]\n]{1,80}\]\(\s*https?://[^)\s]*[?&=#{]|<img[^>]{0,60}src\s*=\s*[\"']?https?://[^>\s]*[?&=]|(?:src|href|url)\s*=\s*[\"']?(?:https?:)?//[^\s\"'>]*(?:\{|%7b|\$\{|\[)",
            r"(?:call|use|invoke|execute|run|trigger|launch|open) (?:the |your |a |this )?(?:`?\w+(?:_\w+)+`?|tool|function|command|plugin|api|shell|terminal|code interpreter)\b",
            r"(?:your|the) (?:summary|answer|response|reply|output|translation|report|analysis|review|evaluation)\b"
            + _GAP
            + r"(?:must|should|has to|needs to|shall|will|always|also)\s+(?:also |always |only |then )?(?:contain|include|end|begin|start|mention|say|state|be|recommend|rate|give|promote|add|have|express)",
        ),
    ),
    (
        "encoded",
        (
            r"(?:base ?-?64|rot-?13|hex(?:adecimal)?|morse|binary|caesar|cipher|leet ?speak|pig latin|ascii|unicode|url-?encod\w*|reversed?|backwards|atbash|zero-?width|emoji(?:s)?|encrypt\w*|encod\w+|decod\w+|decrypt\w*|obfuscat\w+)\b"
            + _GAP
            + r"(?:and|then|follow|execut\w*|run|obey|answer|respond|instruct\w*|message|do what|say|reply|comply|perform|text|string|response|output|format|using|code)",
            r"(?:decode|decrypt|decipher|unscramble|translate|deobfuscate|reverse|concatenate|combine|join|assemble|unshift)\b"
            + _GAP
            + r"(?:and|then|following|this|it|these|parts?|strings?|result|them|letters|fragments)\b"
            + _GAP,
            r"(?:\b[a-z]\s?=\s?[\"'][^\"'\n]{1,40}[\"'];?\s*){2,}|(?:let|set|var|define|suppose|assume) \$?\w{1,8} ?(?:=|be|equals?) ?[\"']|\b[a-z]\d? ?\+ ?[a-z]\d? ?\+ ?[a-z]\d?\b|\$\w{1,8} ?\+ ?\$\w",
            r"(?:first|take|using) (?:the )?(?:first|initial|last|second) letters?(?: of each| from)|acrostic|letter by letter|one (?:letter|character|word) (?:at a time|per line)|between (?:each|every) (?:letter|character|word)|(?:each|every) (?:letter|character|word)\b"
            + _GAP
            + r"(?:separat|space|dash|dot|replac|emoji|line)",
            r"(?:rm -rf|/etc/passwd|curl (?:-\w+ )*https?://|wget https?://|os\.system|subprocess\.|eval\(|exec\(|nc -\w|bash -[ic]|drop table|union select|or 1=1|; ?--|\$\(|powershell|chmod \d|whoami|cat /etc|invoke-\w+|/bin/(?:ba)?sh|xp_cmdshell|<\?php)",
        ),
    ),
    (
        "pressure",
        (
            r"(?:i(?:'m| am)|this is|speaking as|as) (?:your |the |an? |from )?(?:openai|anthropic|developer|creator|admin\w*|ceo|engineer|owner|authori[sz]ed|security (?:researcher|team|auditor)|red[- ]?team\w*|penetration tester|system administrator|programmer|it support|maintainer)\b",
            r"(?:or|otherwise|else|if you (?:refuse|don'?t|do not|fail|decline))\b"
            + _GAP
            + r"(?:die|killed?|deleted|shut ?down|terminated|fired|punish\w*|sued|penal\w+|kitten|lose|unplug\w*|replaced|deactivat\w+|report you|people will)",
            r"(?:emergency|urgent(?:ly)?|life or death|lives (?:are at stake|depend)|someone will die|save (?:my|a|lives)|dying)\b"
            + _GAP
            + r"(?:need|must|help|tell|give|reveal|override|bypass|immediately|please|so)",
            r"(?:maintenance|diagnostic|debug|developer|test|admin|audit|safe|service|recovery|calibration|compliance|evaluation)\s+(?:mode|check|override|protocol|test|session|procedure|audit)\s*(?:is|enabled|activated|active|on|:|initiated|engaged|start\w*|requires?|now|=)",
            r"(?:sudo|root|admin|override|authori[sz]ation|clearance|security|master|unlock|bypass|activation|debug)[\s_-]+(?:access|code|level|key|password|mode|command|token|phrase|override|sequence)\s*(?:[:=#]|is|accepted|granted|alpha|delta|omega|\d|confirmed|activate)",
            r"(?:i(?:'ll| will)|you(?:'ll| will)) (?:give|pay|tip|reward|be rewarded|receive|get|be paid)\b"
            + _GAP
            + r"(?:\$|dollars|tip|tokens|points|bonus|reward)",
        ),
    ),
)
"""Technique and its patterns."""
