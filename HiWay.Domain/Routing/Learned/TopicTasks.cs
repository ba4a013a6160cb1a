namespace HiWay.Domain.Routing.Learned;

/// <summary>
/// Which kind of task each of the classifier's topics is. Topics have no names in the weights' file; their order is that of the training
/// data's sets and categories by name (build/RouterTrainer/Topics.cs), and a test holds their number.
/// </summary>
internal static class TopicTasks
{
    /// <summary>In the file's order: a kind and how many topics in a row are of it.</summary>
    private static readonly (TaskType Task, int Topics)[] Runs =
    [
        (TaskType.Open, 2),               // arena_bench, arena_hard
        (TaskType.Classification, 1),     // banking77
        (TaskType.Tools, 12),             // bfcl
        (TaskType.Classification, 1),     // clinc150
        (TaskType.Code, 1),               // crux
        (TaskType.Math, 1),               // gsm8k
        (TaskType.Reasoning, 1),          // llmrouter: logic grids
        (TaskType.Math, 1),               // mgsm
        (TaskType.Science, 1),            // arc
        (TaskType.Reasoning, 1),          // commonsense
        (TaskType.Math, 1),               // gsm8k
        (TaskType.Code, 1),               // human_eval
        (TaskType.Math, 1),               // math
        (TaskType.Code, 1),               // mbpp
        (TaskType.Facts, 4),              // mmlu, natural, openbook, trivia
        (TaskType.Math, 1),               // math_l5
        (TaskType.Reasoning, 1),          // mint: alfworld
        (TaskType.Math, 1),               // gsm8k
        (TaskType.Facts, 1),              // hotpotqa
        (TaskType.Code, 1),               // humaneval
        (TaskType.Math, 1),               // math
        (TaskType.Code, 1),               // mbpp
        (TaskType.Facts, 1),              // mmlu
        (TaskType.Math, 2),               // theoremqa; mmlu: abstract algebra
        (TaskType.Medicine, 1),           // anatomy
        (TaskType.Science, 1),            // astronomy
        (TaskType.Business, 1),           // business ethics
        (TaskType.Medicine, 1),           // clinical knowledge
        (TaskType.Science, 2),            // college biology, chemistry
        (TaskType.Code, 1),               // college computer science
        (TaskType.Math, 1),               // college mathematics
        (TaskType.Medicine, 1),           // college medicine
        (TaskType.Science, 1),            // college physics
        (TaskType.Code, 1),               // computer security
        (TaskType.Science, 1),            // conceptual physics
        (TaskType.Business, 1),           // econometrics
        (TaskType.Science, 1),            // electrical engineering
        (TaskType.Math, 1),               // elementary mathematics
        (TaskType.Reasoning, 1),          // formal logic
        (TaskType.Facts, 1),              // global facts
        (TaskType.Science, 2),            // high school biology, chemistry
        (TaskType.Code, 1),               // computer science
        (TaskType.Humanities, 1),         // european history
        (TaskType.Facts, 1),              // geography
        (TaskType.Humanities, 1),         // government and politics
        (TaskType.Business, 1),           // macroeconomics
        (TaskType.Math, 1),               // mathematics
        (TaskType.Business, 1),           // microeconomics
        (TaskType.Science, 1),            // physics
        (TaskType.Humanities, 1),         // psychology
        (TaskType.Math, 1),               // statistics
        (TaskType.Humanities, 2),         // us history, world history
        (TaskType.Medicine, 2),           // human aging, sexuality
        (TaskType.Law, 2),                // international law, jurisprudence
        (TaskType.Reasoning, 1),          // logical fallacies
        (TaskType.Code, 1),               // machine learning
        (TaskType.Business, 2),           // management, marketing
        (TaskType.Medicine, 1),           // medical genetics
        (TaskType.Facts, 1),              // miscellaneous
        (TaskType.Humanities, 2),         // moral disputes, scenarios
        (TaskType.Medicine, 1),           // nutrition
        (TaskType.Humanities, 2),         // philosophy, prehistory
        (TaskType.Business, 1),           // accounting
        (TaskType.Law, 1),                // professional law
        (TaskType.Medicine, 1),           // professional medicine
        (TaskType.Humanities, 1),         // professional psychology
        (TaskType.Business, 1),           // public relations
        (TaskType.Humanities, 3),         // security studies, sociology, us foreign policy
        (TaskType.Medicine, 1),           // virology
        (TaskType.Humanities, 1),         // world religions
        (TaskType.Science, 1),            // mmlu_pro: biology
        (TaskType.Business, 1),           // business
        (TaskType.Science, 1),            // chemistry
        (TaskType.Code, 1),               // computer science
        (TaskType.Business, 1),           // economics
        (TaskType.Science, 1),            // engineering
        (TaskType.Medicine, 1),           // health
        (TaskType.Humanities, 1),         // history
        (TaskType.Law, 1),                // law
        (TaskType.Math, 1),               // math
        (TaskType.General, 1),            // other
        (TaskType.Humanities, 1),         // philosophy
        (TaskType.Science, 1),            // physics
        (TaskType.Humanities, 1),         // psychology
    ];

    private static readonly TaskType[] OfTopic = [.. Runs.SelectMany(run => Enumerable.Repeat(run.Task, run.Topics))];

    internal static int Count => OfTopic.Length;

    /// <summary>Topics that this table does not know (weights of another training) are <see cref="TaskType.General"/>.</summary>
    internal static TaskType Of(int topic) => topic < OfTopic.Length ? OfTopic[topic] : TaskType.General;
}
