namespace HiWay.Domain.Routing;

/// <summary>Kinds of task that a workspace's own scores are kept apart for. The numbers are stored; new kinds go to the end.</summary>
public enum TaskType
{
    /// <summary>Too few known words to tell, or nothing in particular.</summary>
    General,

    /// <summary>Open questions and texts to write.</summary>
    Open,
    Classification,
    Tools,
    Code,
    Math,
    Facts,
    Reasoning,
    Science,
    Medicine,
    Law,
    Business,
    Humanities,
}

/// <summary>Task types as the API, the database and the dashboard spell them.</summary>
public static class TaskTypes
{
    private static readonly string[] Names = [.. Enum.GetNames<TaskType>().Select(name => name.ToLowerInvariant())];

    public static int Count => Names.Length;

    public static IReadOnlyList<string> All => Names;

    public static string Text(this TaskType task) => Names[(int)task];

    public static TaskType? Parse(string? text) => Array.IndexOf(Names, text) is var i and >= 0 ? (TaskType)i : null;
}
