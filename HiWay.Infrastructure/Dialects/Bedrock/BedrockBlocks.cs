using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.Bedrock;

/// <summary>What the buffered and the streamed reader share: stop reasons, reasoning, citations, pictures.</summary>
internal static class BedrockBlocks
{
    /// <summary>Null when the word says that the answer is not whole.</summary>
    public static FinishReason? Finish(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("malformed_model_output"u8) || word.SequenceEqual("malformed_tool_use"u8) ? null
        : word.SequenceEqual("max_tokens"u8) || word.SequenceEqual("model_context_window_exceeded"u8) ? FinishReason.Length
        : word.SequenceEqual("tool_use"u8) ? FinishReason.ToolCalls
        : word.SequenceEqual("guardrail_intervened"u8) || word.SequenceEqual("content_filtered"u8) ? FinishReason.ContentFilter
        : FinishReason.Stop;

    public static UpstreamError Broken(ReadOnlySpan<byte> word) =>
        new(502, $"The model's output could not be read by the provider ({System.Text.Encoding.UTF8.GetString(word)}).", "malformed_output") { Kind = UpstreamErrorKind.Server };

    /// <summary>A block of reasoning, whole (<c>reasoningText</c>) or a piece (<c>text</c>, <c>signature</c>).</summary>
    public static void ReadReasoning(ReadOnlySpan<byte> reasoning, IAnswerSink sink)
    {
        ReadOnlySpan<byte> signature = default;
        var members = new JsonMembers(reasoning);
        while (members.Next())
        {
            if (members.Is("reasoningText"u8) && members.Nested.Length > 0)
            {
                ReadReasoning(members.Nested, sink);
            }
            else if (members.Is("text"u8))
            {
                sink.Reasoning(0, members.Text);
            }
            else if (members.Is("signature"u8))
            {
                signature = members.Text;
            }
            else if (members.Is("redactedContent"u8) && members.Text.Length > 0)
            {
                // Only Claude encrypts and signs, and its proofs are good at Anthropic too.
                sink.EncryptedReasoning(0, SignatureFormats.Anthropic, members.Text);
            }
        }

        if (signature.Length > 0)
        {
            sink.ReasoningSignature(0, SignatureFormats.Anthropic, signature);
        }
    }

    /// <summary>Hands on one citation: a web address in OpenAI's form, anything else as it is.</summary>
    public static void PassCitation(ReadOnlySpan<byte> citation, IAnswerSink sink)
    {
        ReadOnlySpan<byte> title = default, url = default, cited = default;
        var members = new JsonMembers(citation);
        while (members.Next())
        {
            if (members.Is("title"u8))
            {
                title = members.Text;
            }
            else if (members.Is("location"u8) && members.Kind is JsonTokenType.StartObject)
            {
                url = JsonMembers.FindText(JsonMembers.Find(members.Value, "web"u8), "url"u8);
            }
            else if (members.Is("sourceContent"u8))
            {
                var pieces = new JsonObjects(members.Nested);
                cited = pieces.Next() ? JsonMembers.FindText(pieces.Value, "text"u8) : default;
            }
        }

        if (url.Length == 0)
        {
            sink.Extra(0, ExtraKinds.Citation, citation);
        }
        else
        {
            UrlCitations.Pass(sink, 0, url, title, cited, 0, 0);
        }
    }

    /// <summary>A made picture: format and bytes become the address that carries them.</summary>
    public static void PassImage(ReadOnlySpan<byte> image, IAnswerSink sink)
    {
        ReadOnlySpan<byte> format = default, bytes = default;
        var members = new JsonMembers(image);
        while (members.Next())
        {
            if (members.Is("format"u8))
            {
                format = members.Text;
            }
            else if (members.Is("source"u8) && members.Kind is JsonTokenType.StartObject)
            {
                bytes = JsonMembers.FindText(members.Value, "bytes"u8);
            }
        }

        if (bytes.Length > 0)
        {
            sink.Extra(0, ExtraKinds.Image, Pictures.Of([.. "image/"u8, .. format.Length > 0 ? format : "png"u8], bytes));
        }
    }
}
