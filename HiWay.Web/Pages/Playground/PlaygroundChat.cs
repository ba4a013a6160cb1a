using HiWay.Web.Components.Snippets;

namespace HiWay.Web.Pages.Playground;

/// <summary>One question with its answer.</summary>
public sealed class PlaygroundTurn(string question, string model)
{
    public string Question { get; } = question;

    /// <summary>What was asked for; what answered is in <see cref="PlaygroundAnswer.Routing"/>.</summary>
    public string Model { get; } = model;

    public PlaygroundAnswer Answer { get; } = new();

    public bool Running { get; set; } = true;

    /// <summary>The reader pressed stop.</summary>
    public bool Stopped { get; set; }

    /// <summary>From sending to the first word; null before it.</summary>
    public TimeSpan? FirstWord { get; set; }

    /// <summary>From sending to the end; null while running.</summary>
    public TimeSpan? Took { get; set; }

    /// <summary>Tokens a second once words came; null when nothing can be said.</summary>
    public double? TokensPerSecond =>
        Answer.OutputTokens is { } tokens and > 1 && Took is { } took && FirstWord is { } first && took - first > TimeSpan.FromMilliseconds(1)
            ? tokens / (took - first).TotalSeconds
            : null;
}

/// <summary>A conversation of the playground with its settings; knows how to become a request and code.</summary>
public sealed class PlaygroundChat
{
    public string Model { get; set; } = "auto";

    public PlaygroundApi Api { get; set; } = PlaygroundApis.Chat;

    public string System { get; set; } = "";

    /// <summary>Null leaves it to the model.</summary>
    public double? Temperature { get; set; }

    /// <summary>Null leaves it to the model.</summary>
    public int? MaxTokens { get; set; }

    public List<PlaygroundTurn> Turns { get; } = [];

    public bool Running => Turns.Count > 0 && Turns[^1].Running;

    /// <summary>What the next request says, oldest first. Turns that failed or gave nothing are left out: most APIs refuse an empty answer.</summary>
    /// <param name="draft">A question that is still being written; blank for none.</param>
    public IReadOnlyList<SnippetMessage> Messages(string? draft)
    {
        List<SnippetMessage> messages = [];
        if (!string.IsNullOrWhiteSpace(System))
        {
            messages.Add(new("system", System.Trim()));
        }

        foreach (var turn in Turns)
        {
            if (turn.Answer.Text.Length > 0)
            {
                messages.Add(new("user", turn.Question));
                messages.Add(new("assistant", turn.Answer.Text));
            }
        }

        if (!string.IsNullOrWhiteSpace(draft))
        {
            messages.Add(new("user", draft.Trim()));
        }

        return messages;
    }

    /// <summary>The request in the chosen API, streamed where it can be.</summary>
    public byte[] Body(string question) => PlaygroundBody.Write(this, question);

    /// <summary>The same call as code; an example question stands in while nothing was asked.</summary>
    public ChatSnippet AsCode(string origin, string? draft)
    {
        // The conversation up to the last question, without its answer: that is the call a reader wants to repeat.
        var messages = Messages(draft).ToList();
        while (messages.Count > 0 && messages[^1].Role is "assistant")
        {
            messages.RemoveAt(messages.Count - 1);
        }

        if (messages.Count == 0 || messages[^1].Role is "system")
        {
            messages.Add(new("user", Api == PlaygroundApis.Images ? "A lighthouse at dusk, in watercolour." : "Say hello in one sentence."));
        }

        return new(origin, Model) { Messages = messages, Stream = true, Temperature = Temperature, MaxTokens = MaxTokens };
    }
}
