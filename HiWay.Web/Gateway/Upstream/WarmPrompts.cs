using System.Buffers.Binary;
using System.Numerics;
using HiWay.Domain.Pricing;
using HiWay.Domain.Routing;
using HiWay.Domain.Routing.Candidates;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>Names a conversation by its beginning: workspace, instructions and first question, which stay while it grows.</summary>
internal readonly record struct ConversationKey(ulong High, ulong Low)
{
    /// <summary>More of the beginning tells no two conversations apart that this does not.</summary>
    private const int MostBytes = 16 * 1024;

    /// <summary>Null for prompts that are too short for any provider's cache.</summary>
    public static ConversationKey? Of(string workspaceId, ChatBody body)
    {
        if (body.PromptTokens < WarmRules.LeastTokens || body.TextCount == 0)
        {
            return null;
        }

        var last = body.Texts[0];
        for (var i = 0; i < body.TextCount; i++)
        {
            last = body.Texts[i];
            if (last.Role is PromptRole.User)
            {
                break;
            }
        }

        var first = body.Texts[0].Start;
        var end = Math.Max(first, last.Start + last.Length);
        var hash = new ConversationKey(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F);
        foreach (var letter in workspaceId)
        {
            hash = hash.Mix(letter);
        }

        var bytes = body.Bytes.Span[first..Math.Min(end, first + MostBytes)];
        while (bytes.Length >= sizeof(ulong))
        {
            hash = hash.Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var rest in bytes)
        {
            hash = hash.Mix(rest);
        }

        return hash.Mix((ulong)(end - first));
    }

    // Two lanes of multiply and rotate. Who makes two of its own conversations collide only fools itself, as the workspace is in it.
    private ConversationKey Mix(ulong word) => new(
        BitOperations.RotateLeft((High ^ word) * 0x9FB21C651E98DF25, 29), BitOperations.RotateLeft((Low + word) * 0xD6E8FEB86659FD93, 31) ^ High);
}

/// <summary>
/// Where conversations are warm, as this node has seen it. A fixed number of places, found by the key: a newer conversation takes the
/// place of an older one, so nothing grows and nothing is locked.
/// </summary>
internal sealed class WarmPrompts
{
    private const int Places = 1 << 16;

    private readonly Entry?[] _places = new Entry?[Places];

    private sealed record Entry(ConversationKey Key, WarmPrompt Prompt);

    /// <summary>Where the conversation is warm; null when nowhere (any more).</summary>
    public WarmPrompt? Find(ConversationKey key, DateTimeOffset now) =>
        Volatile.Read(ref _places[key.Low % Places]) is { } entry && entry.Key == key && entry.Prompt.Until > now ? entry.Prompt : null;

    /// <summary>Remembers an answered call, when its provider has cached its prompt or reads as if it had.</summary>
    public void Remember(GatewayCall call, Attempt attempt)
    {
        if (call.Conversation is not { } key || call.Key.IsTest)
        {
            return;
        }

        var usage = attempt.Usage;
        var price = PriceRules.PriceAt(attempt.Deployment.Model.Prices, call.ArrivedAt, usage.TotalInput);
        var cached = usage.CacheRead + usage.CacheWrite5m + usage.CacheWrite1h;
        if (cached == 0 && price is { CacheRead: { } read, Input: { } input } && read < input && attempt.Deployment.Provider.Dialect != UpstreamDialect.AnthropicMessages)
        {
            // All but Anthropic cache by themselves, and most say so only when the prompt is read again.
            cached = usage.TotalInput;
        }

        if (cached >= WarmRules.LeastTokens)
        {
            var kept = usage.CacheWrite1h > 0 ? WarmRules.KeptLong : WarmRules.Kept;
            Volatile.Write(ref _places[key.Low % Places], new Entry(key, new(attempt.Deployment.Model.Id, attempt.Deployment.CredentialId, cached, call.ArrivedAt + kept)));
        }
    }
}
