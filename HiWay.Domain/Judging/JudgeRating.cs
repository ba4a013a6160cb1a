namespace HiWay.Domain.Judging;

/// <summary>Why an answer got its score. A fixed list, so that no text of a call is kept with it.</summary>
public enum JudgeReason { Correct, PartlyCorrect, Incomplete, Wrong, OffTopic, Refused, BadlyFormed }

/// <summary>What a judge says of one answer.</summary>
/// <param name="Score">0..1.</param>
public sealed record JudgeRating(double Score, JudgeReason Reason);

public static class JudgeReasons
{
    private static readonly string[] s_texts = ["correct", "partly_correct", "incomplete", "wrong", "off_topic", "refused", "badly_formed"];

    /// <summary>As the judge, the API and the database spell them, in the enum's order.</summary>
    public static IReadOnlyList<string> Texts => s_texts;

    public static string Text(this JudgeReason reason) => s_texts[(int)reason];

    /// <summary>Null for anything that is not on the list.</summary>
    public static JudgeReason? Parse(string? text) => Array.IndexOf(s_texts, text) is >= 0 and var index ? (JudgeReason)index : null;
}
