namespace HiWay.Domain.Routing.Prompts;

/// <summary>
/// The cue words, by what they tell: English first, then French, Spanish, German, Portuguese, Chinese, Japanese, then
/// Russian, Italian, Turkish, Polish, Dutch, Arabic, Korean, Hindi. Words are written
/// without regard to case and Latin accents; a phrase matches with any spaces, hyphens or apostrophes between its words.
/// </summary>
internal static class CueWords
{
    internal static readonly (Cue Cue, string Phrases)[] All =
    [
        (Cue.SmallTalk, """
            hello, hi, hey, thanks, thank you, good morning, good evening, how are you, bye, goodbye, ok, okay, yes, no, sure, nice to meet you, who are you,
            bonjour, salut, merci, bonsoir, comment ca va, oui, non, hola, gracias, buenos dias, que tal, hallo, guten tag, guten morgen, danke, wie geht,
            ola, obrigado, obrigada, bom dia, tudo bem, 你好, 谢谢, 您好, 早上好, こんにちは, ありがとう, おはよう, はじめまして,
            привет, здравствуйте, спасибо, доброе утро, добрый день, добрый вечер, как дела, пока, да, нет, ciao, buongiorno, grazie, buonasera, come va, merhaba, selam, tesekkur, teşekkürler, teşekkür ederim, günaydın, iyi akşamlar, nasılsın,
            cześć, dzień dobry, dziękuję, dobry wieczór, co słychać, goedemorgen, bedankt, dank je, hoe gaat het, مرحبا, شكرا, صباح الخير, مساء الخير, كيف حالك, 안녕, 고마워, 감사합니다, नमस्ते, धन्यवाद, शुभ प्रभात
            """),
        (Cue.Sort, """
            classify, classification, categorize, categorise, category of, label, tag the, sentiment, positive or negative, is this spam, spam or, extract,
            extraction, parse, pull out, list all the names, named entities, detect the language, what language is, intent of, true or false, yes or no, keywords, key words, convert to json, to csv,
            classe, classer, classifie, classifiez, categorise, etiquette, analyse de sentiment, extrais, extraire, extrayez, mots cles, vrai ou faux,
            clasifica, clasificar, etiqueta, sentimiento, extrae, extraer, verdadero o falso, palabras clave, positivo o negativo,
            klassifiziere, kategorisiere, ordne zu, stimmung, extrahiere, extrahieren, schlusselworter, positiv oder negativ, wahr oder falsch,
            classifique, classificar, sentimento, extraia, extrair, palavras chave, verdadeiro ou falso,
            分类, 归类, 情感分析, 情感, 提取, 抽取, 解析以下, 关键词, 正面还是负面, 分類, 感情分析, 抽出, キーワード, ラベル,
            классифицируй, определи категорию, тональность, извлеки, ключевые слова, classifica, estrai, parole chiave, sınıflandır, duygu analizi, sklasyfikuj, wyodrębnij, słowa kluczowe, classificeer, haal uit, صنف, استخرج, كلمات مفتاحية, 분류해, 추출해, 키워드, वर्गीकृत, निकालें, कीवर्ड
            """),
        (Cue.LookUp, """
            what is, what are, what was, who is, who was, who wrote, when did, when was, where is, where was, capital of, how old, how tall, how far, which country, define, definition of, meaning of, what does,
            what time, how do i spell, synonym, synonyms,
            qu est ce que, quel est, quelle est, qui est, qui a, quand, ou se trouve, capitale, definition, que signifie, synonyme,
            que es, cual es, quien es, quien fue, cuando, donde esta, capital de, definicion, que significa, sinonimo,
            was ist, was sind, wer ist, wer war, wann, wo liegt, wo ist, hauptstadt, bedeutet, bedeutung, synonym fur,
            o que e, qual e, quem e, quem foi, quando foi, onde fica, significado, sinonimo de,
            什么是, 是什么, 是谁, 什么时候, 在哪里, 首都, 定义, 意思, とは, 何ですか, 誰ですか, いつ, どこ, 首都は, 意味,
            что такое, кто такой, кто написал, когда, где находится, столица, что значит, сколько лет, cos è, qual è, chi è, chi ha, quando, dove si trova, nedir, kimdir, ne zaman, nerede, nerededir, başkenti, co to jest, kto, kiedy, gdzie, stolica, jaka jest,
            wat is, wie is, wie heeft, wanneer, waar ligt, hoofdstad, hoeveel, ما هي, ما هو, من هو, متى, أين, عاصمة, ما معنى, 무엇, 누구, 언제, 어디, 수도, 뜻이, क्या है, कौन, कब, कहाँ, राजधानी, अर्थ
            """),
        (Cue.Reshape, """
            translate, translation, summarize, summarise, summary, tl dr, paraphrase, rephrase, rewrite, proofread, correct the, fix the grammar, grammar, shorten, simplify this, bullet points, into english, into french, into spanish, into german,
            traduis, traduire, traduisez, traduction, resume, resumer, resumez, reformule, reformuler, corrige, corriger, orthographe,
            traduce, traducir, traduccion, resumir, resumen, resuma, reescribe, parafrasea, corregir,
            ubersetze, ubersetzen, ubersetzung, fasse zusammen, zusammenfassung, zusammenfassen, formuliere um, umformulieren, korrigiere,
            traduza, traduzir, traducao, resuma, resumo, reescreva, parafraseie, corrija,
            翻译, 翻譯, 总结, 概括, 摘要, 改写, 润色, 校对, 翻訳, 要約, 書き直, 校正,
            переведи, переведите, перевод, перескажи, сократи, исправь, резюмируй, traduci, riassumi, correggi, riscrivi, çevir, özetle, düzelt, przetłumacz, streść, popraw, vertaal, vat samen, corrigeer, ترجم, لخص, صحح, أعد صياغة, 번역, 요약, 고쳐, अनुवाद, सारांश
            """),
        (Cue.Compose, """
            write a, write an, write me, write the, draft, compose, essay, story, poem, blog post, article about, email to, letter to, cover letter, slogan, script for, brainstorm, come up with, generate a, create a,
            ecris, ecrire, ecrivez, redige, rediger, redigez, dissertation, poeme, une histoire, lettre de,
            escribe, escribir, redacta, redactar, ensayo, poema, cuento, una carta,
            schreibe, schreib, verfasse, verfassen, entwirf, aufsatz, gedicht, geschichte uber, brief an,
            escreva, escrever, redija, redacao, poema sobre, uma carta,
            写一, 撰写, 作文, 写一篇, 写一首, 起草, 故事, 書いて, 作成して, 作文を, 物語, 詩を,
            напиши, составь, сочини, придумай, рассказ, стихотворение, письмо, эссе, scrivi, componi, racconto, poesia, yaz, şiir, hikaye, napisz, wiersz, opowiadanie, schrijf, gedicht, verhaal, اكتب, قصيدة, قصة, رسالة, 써 줘, 작성해, 시를, 이야기, लिखो, लिखें, कविता, कहानी
            """),
        (Cue.Build, """
            implement, implementation, refactor, refactoring, debug, debugging, fix the bug, optimize, optimise, architecture, architect, migrate, migration, scalable, microservice, microservices, distributed,
            concurrency, concurrent, thread safe, race condition, deadlock, unit test, unit tests, write a function, write a program, write code, build a, build an, design a system, design an, develop a, deploy,
            kubernetes, ci cd, pipeline, end to end, production ready, api for, backend, data model, database schema, algorithm, time complexity, compiler, parser for,
            implemente, implementer, implementez, refactorise, refactoriser, debogue, optimise, optimiser, architecture de, ecris une fonction, developpe, concois, algorithme,
            implementa, implementar, refactoriza, depura, optimiza, arquitectura, escribe una funcion, desarrolla, disena un, algoritmo,
            implementiere, implementieren, refaktoriere, optimiere, architektur, schreibe eine funktion, entwickle, entwerfe, algorithmus,
            implemente um, refatore, depure, otimize, arquitetura, escreva uma funcao, desenvolva, projete,
            实现一个, 实现, 重构, 调试, 优化, 架构, 写一个函数, 写一个程序, 设计一个, 算法, 分布式, 并发, 実装, リファクタリング, デバッグ, 最適化, 設計して, アルゴリズム, 関数を,
            реализуй, реализуйте, рефакторинг, отладь, оптимизируй, архитектура, архитектуру, алгоритм, разработай, спроектируй, спроектируйте, распределённый, распределенный, напиши функцию, implementa, progetta, ottimizza, architettura, algoritmo, distribuito, sviluppa,
            uygula, tasarla, mimari, mimarisini, algoritma, dağıtık, geliştir, optimize et, zaimplementuj, zaprojektuj, architekturę, algorytm, zoptymalizuj, implementeer, ontwerp, architectuur, algoritme, ontwikkel, نفّذ, نفذ, صمم, بنية, خوارزمية, طور, برمج, 구현, 설계, 아키텍처, 알고리즘, 리팩터링, 최적화, 디버깅, लागू करें, डिज़ाइन, वास्तुकला, एल्गोरिदम
            """),
        (Cue.Reason, """
            why, explain why, explain how, step by step, show your work, reasoning, analyze, analyse, analysis, compare, comparison, contrast, evaluate, trade off, trade offs, tradeoffs, pros and cons, justify, critique,
            what would happen if, under what conditions, deduce, infer, implications, consequences, root cause, think carefully, which of the following, determine whether, in depth, paradox, interpret,
            pourquoi, explique pourquoi, expliquez, explique, etape par etape, pas a pas, analyse, analyser, analysez, compare, comparer, comparez, avantages et inconvenients, justifie, justifiez, raisonnement,
            por que, explica por que, explica, paso a paso, analiza, analizar, compara, comparar, ventajas y desventajas, justifica, razonamiento,
            warum, wieso, erklare warum, erklare, schritt fur schritt, analysiere, vergleiche, vor und nachteile, begrunde,
            porque, explique por que, passo a passo, analise, compare, vantagens e desvantagens, justifique, raciocinio,
            为什么, 解释, 一步一步, 逐步, 分析, 比较, 对比, 优缺点, 评估, 论证, 推理, なぜ, 理由, 段階的, 分析, 比較, 長所と短所, 説明して, 評価,
            почему, объясни, объясните, проанализируй, проанализируйте, сравни, сравните, обоснуй, шаг за шагом, преимущества и недостатки, анализ, perché, spiega, analizza, confronta, valuta, vantaggi e svantaggi, neden, açıkla, analiz et, karşılaştır, karşılaştırın, değerlendir,
            dlaczego, wyjaśnij, przeanalizuj, porównaj, oceń, waarom, leg uit, analyseer, vergelijk, bespreek, beoordeel, لماذا, اشرح, حلل, قارن, ناقش, قيم, 왜, 설명, 분석, 비교, 평가, 장단점, क्यों, समझाएँ, समझाइए, विश्लेषण, तुलना, मूल्यांकन
            """),
        (Cue.Prove, """
            prove, proof, derive, derivation, show that, counterexample, disprove,
            demontre, demontrer, demontrez, prouve, prouver, prouvez, montre que, montrez que, demuestra, demostrar, demuestre, prueba que,
            beweise, beweis, beweisen, leite her, zeige dass, demonstre, demonstrar, prove que, mostre que, 证明, 推导, 証明, 導出,
            докажи, докажите, доказательство, выведи, dimostra, dimostrare, dimostrazione, kanıtla, kanıtlayın, ispatla, ispatlayın, udowodnij, dowód, wykaż, bewijs dat, أثبت, برهن, استنتج, 증명, 유도하, सिद्ध, प्रमाणित
            """),
        (Cue.Plan, """
            plan for, create a plan, strategy, roadmap, business plan, research, literature review, project plan, go to market, curriculum, itinerary, comprehensive, detailed guide, step plan, feasibility, proposal,
            strategie, feuille de route, plan d affaires, recherche, programme detaille, estrategia, hoja de ruta, plan de negocio, investigacion, exhaustivo, plan detallado,
            fahrplan, geschaftsplan, ausfuhrlich, umfassend, konzept fur, estrategia de, plano de negocios, pesquisa, abrangente,
            计划, 战略, 策略, 路线图, 商业计划, 研究, 方案, 详细, 計画, 戦略, ロードマップ, 事業計画, 詳細な,
            стратегия, стратегию, план действий, бизнес план, исследование, подробный, strategia, piano aziendale, dettagliato, strateji, iş planı, ayrıntılı, strategię, szczegółowy, strategie voor, uitgebreid, استراتيجية, خطة عمل, مفصل, 전략, 사업 계획, 로드맵, रणनीति, योजना, विस्तृत
            """),
        (Cue.Condition, """
            must, must not, should not, at least, at most, exactly, no more than, without using, only use, constraint, constraints, ensure that, make sure, requirements, required to, do not, given that, such that, subject to, assume that, edge cases, in the format, for each,
            doit, ne pas, au moins, au plus, exactement, sans utiliser, contrainte, contraintes, assure toi, exigences, debe, no debe, al menos, como maximo, exactamente, sin usar, restricciones, asegurate, requisitos,
            muss, darf nicht, mindestens, hochstens, genau, ohne, bedingung, bedingungen, anforderungen, stelle sicher, deve, nao deve, pelo menos, no maximo, exatamente, sem usar, restricoes,
            必须, 不得, 不要, 至少, 最多, 恰好, 约束, 要求, 确保, 假设, しなければ, 少なくとも, 最大, ちょうど, 条件, 要件, 必ず,
            должен, должна, не менее, не более, ровно, без использования, требования, при условии, deve, almeno, al massimo, senza usare, requisiti, en az, en fazla, tam olarak, kullanmadan, musi, co najmniej, dokładnie, bez użycia, moet, minstens, hoogstens, zonder, يجب, على الأقل, بدون, بشرط, 반드시, 최소, 최대, 조건, कम से कम, अवश्य, शर्त
            """),
        (Cue.Code, """
            code, python, javascript, typescript, java, rust, golang, sql, html, css, react, node js, bash, powershell, regex, docker, git, php, ruby, kotlin, swift, django, flask, spring boot, linux, api, json, yaml, xml,
            function, class, def, import, const, async, await, return, select from, stack trace, exception, nullpointerexception, segfault, compile error, syntax error, traceback, typeerror, script, library, framework, repository, pull request,
            fonction, programme en, codigo, funcion, programa en, quellcode, funktion, programm, funcao, 代码, 函数, 编程, 程序, 报错, コード, 関数, プログラム, エラー,
            код, функция, функцию, программа, программу, скрипт, ошибка, массив, codice, funzione, programma, kod, fonksiyon, funkcja, funkcję, functie, كود, دالة, برنامج, 코드, 함수, 프로그램, 파이썬, कोड, फ़ंक्शन, प्रोग्राम
            """),
        (Cue.Mathematics, """
            equation, integral, derivative, polynomial, probability, theorem, matrix, matrices, eigenvalue, vector space, calculus, algebra, geometry, triangle, circle, prime number, prime numbers, modulo, factorial, logarithm, limit of, differential, topology, group theory,
            combinatorics, permutation, permutations, sum of, product of, how many, percent, percentage, average speed, ratio, fraction, calculate, compute, solve for, solve the, variance, standard deviation, hypothesis test, regression,
            equation differentielle, derivee, probabilite, theoreme, matrice, combien, calcule, calculer, resous, ecuacion, derivada, probabilidad, teorema, matriz, cuantos, cuantas, calcula, calcular, resuelve,
            gleichung, ableitung, wahrscheinlichkeit, satz von, wie viele, berechne, berechnen, lose die, equacao, probabilidade, quantos, quantas, calcule, resolva,
            方程, 积分, 导数, 概率, 定理, 矩阵, 多少, 计算, 求解, 几何, 三角形, 方程式, 積分, 微分, 確率, 行列, いくつ, 計算, 求め,
            уравнение, интеграл, производная, вероятность, теорема, матрица, сколько, вычисли, вычислите, реши, решите, equazione, integrale, probabilità, teorema, quanto fa, calcola, risolvi, denklem, türev, olasılık, teorem, hesapla, çöz, równanie, całka, prawdopodobieństwo, twierdzenie, oblicz, rozwiąż,
            vergelijking, afgeleide, kans, stelling, bereken, los op, معادلة, تكامل, مشتقة, احتمال, نظرية, احسب, 방정식, 적분, 미분, 확률, 정리, 행렬, 계산, समीकरण, समाकलन, प्रायिकता, प्रमेय, गणना
            """),
        (Cue.Science, """
            physics, chemistry, biology, quantum, electron, electrons, molecule, molecular, enzyme, protein, dna, rna, thermodynamics, entropy, velocity, acceleration, force, momentum, magnetic field, electric field, reaction, oxidation, acid, genome, cell membrane, photosynthesis, evolution, neural network,
            transformer, semiconductor, circuit, voltage, wavelength, isotope, orbit, gravity, titration, molarity, stoichiometry, catalyst,
            physique, chimie, biologie, quantique, thermodynamique, vitesse, fisica, quimica, cuantica, termodinamica, velocidad, physik, chemie, quanten, geschwindigkeit, thermodynamik, quimica organica, velocidade,
            物理, 化学, 生物, 量子, 电子, 分子, 蛋白质, 热力学, 熱力学, 電子, 速度, 遺伝子
            """),
        (Cue.Medicine, """
            patient, patients, diagnosis, symptom, symptoms, treatment, dose, dosage, disease, syndrome, clinical, surgery, tumor, cancer, diabetes, blood pressure, infection, antibiotic, antibiotics, mg dl, year old man, year old woman, pathology, medication, prescription, contraindication,
            diagnostic, symptomes, maladie, traitement medical, diagnostico, sintomas, enfermedad, tratamiento, diagnose, symptome, krankheit, behandlung, doenca, tratamento, 诊断, 症状, 疾病, 治疗, 患者, 診断, 治療, 病気,
            пациент, пациента, диагноз, симптомы, лечение, болезнь, доза, анализы, paziente, diagnosi, sintomi, malattia, terapia, hastanın, tanı, belirtiler, tedavi, pacjent, diagnoza, objawy, leczenie, patiënt, symptomen, behandeling, مريض, تشخيص, أعراض, علاج, 환자, 진단, 증상, 치료, मरीज़, रोग, लक्षण, इलाज
            """),
        (Cue.Law, """
            contract, liability, plaintiff, defendant, statute, court, lawsuit, negligence, tort, jurisdiction, constitutional, amendment, clause, gdpr, compliance, copyright, trademark, patent law, legal, attorney, breach of, indictment, felony, easement,
            contrat, responsabilite civile, tribunal, juridique, clause de, contrato, demandado, juridico, vertrag, haftung, klager, gesetz, rechtlich, contrato de, responsabilidade, 合同, 法律, 诉讼, 责任, 条款, 契約, 訴訟, 法的, 責任,
            договор, ответственность, суд, закон, права, иск, юридический, обжалования, contratto, legge, diritti, tribunale, prescrizione, sözleşme, hukuki, mahkeme, haklarım, dava, umowa, prawo, prawa, sąd, huurcontract, rechtbank, rechten, عقد, قانون, محكمة, حقوق, 계약, 법적, 소송, 법률, अनुबंध, कानूनी, अदालत, अधिकार
            """),
        (Cue.Finance, """
            revenue, balance sheet, cash flow, ebitda, valuation, npv, irr, discount rate, interest rate, portfolio, hedge, derivative contract, bond, bonds, equity, dividend, inflation, gdp, monetary policy, fiscal, tax, taxes, depreciation, audit, accounting, margin, capm, option pricing,
            chiffre d affaires, bilan, taux d interet, impot, fiscalite, ingresos, tasa de interes, impuesto, balance general, umsatz, bilanz, zinssatz, steuer, receita, taxa de juros, imposto, 财务, 利率, 估值, 税, 投资, 財務, 金利, 税金, 投資,
            выручка, баланс, налог, инвестиции, процентная ставка, ricavi, bilancio, imposta, investimento, gelir, bilanço, vergi, yatırım, przychody, podatek, inwestycje, omzet, belasting, investering, إيرادات, ضريبة, استثمار, 매출, 세금, 투자, राजस्व, निवेश
            """),
        (Cue.Agent, """
            you are an agent, autonomous, use the tools, tool calls, function calls, call the function, available tools, think step by step before, plan your, observation, thought, action input, do not stop until, multi step, workflow, orchestrate, json schema, output format, respond only with,
            tu es un agent, utilise les outils, eres un agente, usa las herramientas, du bist ein agent, nutze die werkzeuge, voce e um agente, use as ferramentas, 智能体, 使用工具, 调用工具, エージェント, ツールを使
            """),
    ];
}
