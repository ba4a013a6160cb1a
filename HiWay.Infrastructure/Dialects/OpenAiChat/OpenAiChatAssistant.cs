using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Providers;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Writes what the assistant said: text, thinking where the provider wants it back, a refusal, calls.</summary>
internal sealed class OpenAiChatAssistant(Utf8JsonWriter json, ICollection<string> dropped, OpenAiQuirks quirks, OpenAiChatParts parts)
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>By the provider alone: what a client of OpenAI's dialect brings back here is another provider's, which OpenAI never gives out and does not take.</summary>
    private ReasoningReturn Return => quirks.Lax ? ReasoningReturn.Both : quirks.Return;

    /// <param name="content">Its parts that are neither thinking nor calls.</param>
    public void Write(IReadOnlyList<ChatPart> said, List<ChatPart> content, string path)
    {
        var reasoning = said.OfType<ReasoningPart>().ToList();
        var refusal = said.OfType<RefusalPart>().FirstOrDefault();
        if (refusal is not null && !parts.IsLax && !quirks.StrictAboutModels)
        {
            content.Add(new TextPart(refusal.Text));    // only OpenAI has a member for it
            refusal = null;
        }

        if (Return is ReasoningReturn.Parts && reasoning.Exists(part => part.Text.Length > 0))
        {
            WriteThinkingParts(reasoning, content, path);
        }
        else
        {
            // Without a call or a refusal, null is refused.
            parts.WriteContent(content, path, nullWhenEmpty: refusal is not null || said.Any(part => part is ToolCallPart));
        }

        if (refusal is not null)
        {
            json.WriteString("refusal", refusal.Text);
        }

        var calls = said.OfType<ToolCallPart>().ToList();
        if (Return is ReasoningReturn.Both || (Return is ReasoningReturn.WithCalls && calls.Count > 0))
        {
            WriteReasoning(reasoning);
        }
        else if (Return is ReasoningReturn.None && reasoning.Count > 0)
        {
            dropped.Add($"{path}.reasoning_content");
        }

        if (calls.Count == 0)
        {
            return;
        }

        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id", CallId(call.Id, quirks));
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteString("arguments", call.ArgumentsJson.Length == 0 ? "{}" : call.ArgumentsJson);
            json.WriteEndObject();
            if (quirks.Lax && call is { Signature: { } signature, SignatureFormat: SignatureFormats.Gemini })
            {
                json.WriteStartObject("extra_content");
                json.WriteStartObject("google");
                json.WriteString("thought_signature", signature);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Mistral's way: thinking is a part of the content, before the text.</summary>
    private void WriteThinkingParts(List<ReasoningPart> reasoning, List<ChatPart> content, string path)
    {
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "thinking");
        json.WriteStartArray("thinking");
        parts.Write(new TextPart(string.Concat(reasoning.Select(part => part.Text))), path);
        json.WriteEndArray();
        json.WriteEndObject();
        for (var i = 0; i < content.Count; i++)
        {
            parts.Write(content[i], $"{path}.content[{i}]");
        }

        json.WriteEndArray();
    }

    /// <summary>Mistral wants nine letters and digits; an id of another form is respelled, the same way in the call and in its result.</summary>
    public static string CallId(string id, OpenAiQuirks quirks)
    {
        if (!quirks.NineLetterCallIds || (id.Length == 9 && id.All(char.IsAsciiLetterOrDigit)))
        {
            return id;
        }

        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(id));
        return string.Create(9, digest, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = Alphabet[from[i] % Alphabet.Length];
            }
        });
    }

    private void WriteReasoning(List<ReasoningPart> reasoning)
    {
        var text = string.Concat(reasoning.Select(part => part.Text));
        if (text.Length > 0)
        {
            json.WriteString("reasoning_content", text);
        }

        if (Return is not ReasoningReturn.Both || !reasoning.Exists(part => part.Signature is not null || part.RedactedData is not null))
        {
            return;
        }

        json.WriteStartArray("reasoning_details");
        for (var i = 0; i < reasoning.Count; i++)
        {
            var part = reasoning[i];
            json.WriteStartObject();
            json.WriteString("type", part.RedactedData is null ? "reasoning.text" : "reasoning.encrypted");
            json.WriteNumber("index", i);
            if (part.Format is { } format)
            {
                json.WriteString("format", format);
            }

            if (part.RedactedData is { } data)
            {
                json.WriteString("data", data);
            }
            else
            {
                json.WriteString("text", part.Text);
                if (part.Signature is { } signature)
                {
                    json.WriteString("signature", signature);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
