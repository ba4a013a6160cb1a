using System.Buffers;
using System.Text;
using HiWay.Domain.Catalogue;
using HiWay.Infrastructure.Providers;
using HiWay.Web.Gateway.Wire;

namespace HiWay.Web.Gateway.Upstream;

/// <summary>
/// Whether a chat of OpenAI's dialect can go to a provider of the same dialect as it is. What the provider would refuse is written anew in its own
/// words, which costs the byte relay but not the answer.
/// </summary>
internal static class OpenAiFit
{
    /// <summary>No member that a provider's differences name is longer.</summary>
    private const int LongestName = 64;

    public static bool Fits(ChatBody body, Deployment deployment)
    {
        var quirks = deployment.Provider.Quirks;
        if (quirks.Takes is null && quirks.Refuses.Count == 0 && quirks.Renames.Count == 0 && quirks.Lax)
        {
            return true;    // a server that takes what comes
        }

        if ((body.HasDeveloper && !quirks.DeveloperRole)
            || (body.WantsJsonSchema && !quirks.JsonSchema)
            || (body.ToolForced && !quirks.ForcedTools)
            || (body.HasToolHistory && quirks.NineLetterCallIds)
            || (body.HasSignatures && !quirks.Lax)
            || (body.HasThinking && quirks.Takes is not null)
            || ((body.HasFiles || body.HasAudio) && quirks.DocumentUrls))
        {
            return false;
        }

        var bytes = body.Bytes.Span;
        foreach (var member in body.Members)
        {
            var name = NameOf(bytes, member);
            if (!body.OwnMembers.Contains(member)
                && (!Fits(name, quirks, deployment.Model)
                    || (name.SequenceEqual("reasoning_effort"u8) && !FitsEffort(bytes[member.ValueStart..member.End], deployment))
                    || (name.SequenceEqual("tools"u8) && !FitsTools(bytes[member.ValueStart..member.End], quirks))))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Fits(ReadOnlySpan<byte> name, OpenAiQuirks quirks, ModelEntry model)
    {
        // stream_options is HiWay's to set, in a place of its own.
        if (name.SequenceEqual("stream_options"u8) || name.SequenceEqual("model"u8) || name.SequenceEqual("messages"u8))
        {
            return true;
        }

        if (quirks.StrictAboutModels && model.CapabilitiesKnown)
        {
            // A field that OpenAI does not know goes there all the same: it may be newer than this list, and the words of the refusal are OpenAI's own.
            return !(name.SequenceEqual("max_tokens"u8) && model.Can(ModelCapabilities.Reasoning))
                && !(name.SequenceEqual("temperature"u8) && !model.Can(ModelCapabilities.Temperature));
        }

        if (quirks.StrictAboutModels)
        {
            return true;
        }

        Span<char> text = stackalloc char[LongestName];
        return name.Length > LongestName || Ascii.ToUtf16(name, text, out var length) != OperationStatus.Done
            ? quirks.Takes is null
            : quirks.TakesAsIs(text[..length], thinks: model.CapabilitiesKnown && model.Can(ModelCapabilities.Reasoning))
                && !(quirks.LogprobsAreACount && name.SequenceEqual("logprobs"u8));
    }

    /// <summary>Tools that take words are OpenAI's own; whoever else copies the dialect is offered them as functions. The word inside a schema costs the byte relay alone.</summary>
    private static bool FitsTools(ReadOnlySpan<byte> value, OpenAiQuirks quirks) => quirks.StrictAboutModels || value.IndexOf("\"custom\""u8) < 0;

    /// <summary>An effort passes as it is where the model takes that very word; otherwise the nearest one is written, and named.</summary>
    private static bool FitsEffort(ReadOnlySpan<byte> value, Deployment deployment)
    {
        var (quirks, model) = (deployment.Provider.Quirks, deployment.Model);
        if (model.CapabilitiesKnown && !model.Can(ModelCapabilities.Reasoning) && !quirks.Lax)
        {
            return false;
        }

        if (quirks.Wish is ReasoningWish.Switch)
        {
            return false;   // it is said in another member
        }

        if (quirks.EffortsOf(model.UpstreamModel) is not { } words)
        {
            return true;
        }

        foreach (var word in words)
        {
            if (value.Length == word.Length + 2 && Ascii.Equals(value[1..^1], word))
            {
                return true;
            }
        }

        return value.SequenceEqual("null"u8);
    }

    /// <summary>The member's name as it is written; an escaped spelling matches nothing and is passed on.</summary>
    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> bytes, BodyMember member)
    {
        var name = bytes[(member.NameStart + 1)..member.ValueStart];
        return name[..name.IndexOf((byte)'"')];
    }
}
