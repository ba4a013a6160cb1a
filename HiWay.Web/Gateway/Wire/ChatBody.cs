using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Domain.Shield;

namespace HiWay.Web.Gateway.Wire;

/// <summary>Where a top-level member lies in the body: from the quotation mark of its name to the end of its value.</summary>
internal readonly record struct BodyMember(int NameStart, int ValueStart, int End);

/// <summary>
/// An OpenAI chat body as the gateway keeps it: the bytes as they came, and what one forward pass found in them. Holds rented
/// memory; dispose it when the call is over.
/// </summary>
internal sealed class ChatBody(byte[] rented, int length) : IDisposable
{
    private byte[]? _rented = rented;

    public ReadOnlyMemory<byte> Bytes => _rented is { } bytes ? bytes.AsMemory(0, length) : throw new ObjectDisposedException(nameof(ChatBody));

    /// <summary>The model as the caller wrote it.</summary>
    public string Model { get; set; } = "";

    public bool Stream { get; set; }

    /// <summary>The caller asked for the usage chunk itself; HiWay asks upstream in any case.</summary>
    public bool IncludeUsage { get; set; }

    public int? MaxOutputTokens { get; set; }

    /// <summary>Answers wanted; 1 when absent.</summary>
    public int Choices { get; set; } = 1;

    /// <summary>The lane that `service_tier` asks for; null for the ordinary one.</summary>
    public ServiceLane? Lane { get; set; }

    public string? EndUser { get; set; }

    public HiWayExtras Extras { get; set; } = HiWayExtras.None;

    public BodyMember? ModelMember { get; set; }

    public BodyMember? StreamOptionsMember { get; set; }

    /// <summary>Of a Responses body: where `input` lies.</summary>
    public BodyMember? InputMember { get; set; }

    /// <summary>Of a Responses body: the answer that this call goes on from; null for none.</summary>
    public string? PreviousResponseId { get; set; }

    /// <summary>Of a Responses body: items stand in `input` by their ids alone.</summary>
    public bool HasItemReferences { get; set; }

    /// <summary>Of a Responses body: the answer may be kept for the next turn.</summary>
    public bool Store { get; set; } = true;

    /// <summary>Members that are HiWay's own and never go upstream (`hiway`, `cache`).</summary>
    public List<BodyMember> OwnMembers { get; } = [];

    /// <summary>Parts inside the messages that an upstream of the client's own dialect would refuse (another provider's thinking), in order.</summary>
    public List<Range> Cuts { get; } = [];

    /// <summary>Their paths, for what is reported as dropped.</summary>
    public List<string> CutPaths { get; } = [];

    /// <summary>What stands before the turns, for dialects whose provider caches a prompt only where it is marked.</summary>
    public PromptPrefix? Prefix { get; set; }

    /// <summary>The workspace wants such marks set where the caller sets none. Filled by ReadBody.</summary>
    public bool PromptCaching { get; set; }

    /// <summary>All top-level members in order.</summary>
    public List<BodyMember> Members { get; } = new(12);

    /// <summary>Where the texts of the prompt are; <see cref="TextCount"/> of them are set.</summary>
    public PromptSpan[] Texts { get; set; } = ArrayPool<PromptSpan>.Shared.Rent(8);

    public int TextCount { get; set; }

    public int MessageCount { get; set; }

    public int ToolCount { get; set; }

    public bool ToolForced { get; set; }

    public bool HasToolHistory { get; set; }

    /// <summary>A message has the role `developer`, which not every provider of OpenAI's dialect knows.</summary>
    public bool HasDeveloper { get; set; }

    public bool WantsJson { get; set; }

    public bool WantsJsonSchema { get; set; }

    public int ImageCount { get; set; }

    public bool HasAudio { get; set; }

    /// <summary>Of a chat body: a turn brings back its thinking as words.</summary>
    public bool HasThinking { get; set; }

    /// <summary>Of a chat body: a turn brings back what a provider signed or encrypted; only that provider knows the members.</summary>
    public bool HasSignatures { get; set; }

    public bool HasFiles { get; set; }

    public bool WantsReasoning { get; set; }

    /// <summary>Estimate, leaning high; see <see cref="Domain.Limits.TokenEstimate"/>.</summary>
    public int PromptTokens { get; set; }

    public void AddText(PromptSpan span)
    {
        if (TextCount == Texts.Length)
        {
            var larger = ArrayPool<PromptSpan>.Shared.Rent(Texts.Length * 2);
            Texts.CopyTo(larger, 0);
            ArrayPool<PromptSpan>.Shared.Return(Texts);
            Texts = larger;
        }

        Texts[TextCount++] = span;
    }

    /// <summary>The prompt's texts without the JSON around them, for those who read them when the body is gone.</summary>
    /// <param name="digests">The texts' fingerprints in their order; none when nobody remembers what was clean.</param>
    public PromptCopy CopyTexts(ReadOnlySpan<TextDigest> digests = default)
    {
        var length = 0;
        foreach (var span in Texts.AsSpan(0, TextCount))
        {
            length += span.Length + 1;
        }

        var copy = new PromptCopy(length);
        for (var i = 0; i < TextCount; i++)
        {
            var span = Texts[i];
            copy.Add(span.Role, Bytes.Span.Slice(span.Start, span.Length), digests.IsEmpty ? null : digests[i]);
        }

        return copy;
    }

    /// <summary>What the router may look at; valid while the body is not disposed.</summary>
    public PromptFacts Facts() => new()
    {
        Body = Bytes.Span,
        Texts = Texts.AsSpan(0, TextCount),
        MessageCount = MessageCount,
        ToolCount = ToolCount,
        ToolForced = ToolForced,
        HasToolHistory = HasToolHistory,
        WantsJson = WantsJson,
        WantsJsonSchema = WantsJsonSchema,
        ImageCount = ImageCount,
        HasAudio = HasAudio,
        HasFiles = HasFiles,
        MaxOutputTokens = MaxOutputTokens,
        WantsReasoning = WantsReasoning,
        PromptTokens = PromptTokens,
    };

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } bytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<PromptSpan>.Shared.Return(Texts);
            Texts = [];
        }
    }
}

/// <summary>Where system prompt and tools lie in an Anthropic body, and how long they are.</summary>
internal sealed class PromptPrefix
{
    /// <summary>Bytes of system texts and tools.</summary>
    public long Bytes { get; set; }

    /// <summary>The caller has set a mark somewhere in the body, and knows best.</summary>
    public bool HasMarks { get; set; }

    public bool HasSystem { get; set; }

    public BodyMember? System { get; set; }

    /// <summary>Behind the closing brace of the last text block of `system`; 0 when it is a plain string.</summary>
    public int LastSystemBlockEnd { get; set; }

    /// <summary>Behind the closing brace of the last tool that may carry a mark; 0 without one.</summary>
    public int LastToolEnd { get; set; }
}

/// <summary>The `hiway` object of a request: wishes for this call only.</summary>
/// <param name="Tier">A tier name; routes as if the caller had named the tier as model.</param>
/// <param name="Profile"><c>budget</c>, <c>balanced</c>, <c>quality</c>.</param>
/// <param name="MaxCostUsd">The worst case of this call must not pass it.</param>
internal sealed record HiWayExtras(string? Tier, string? Profile, IReadOnlyList<string> Tags, decimal? MaxCostUsd, bool? Cache)
{
    /// <summary>How long the caller waits from the call's arrival, fallbacks included.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>The call is refused rather than sent with something left out.</summary>
    public bool Strict { get; init; }

    public static HiWayExtras None { get; } = new(null, null, [], null, null);
}
