using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Inner;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Infrastructure.Dialects.OpenAiCompletions;

/// <summary>
/// Reads the body of <c>POST /v1/completions</c>, OpenAI's first API: the prompt becomes one message of the user, and what the chat dialect has under the
/// same name keeps its meaning.
/// </summary>
public static class OpenAiCompletionsRequestReader
{
    /// <summary>Members without a place in a conversation; said to the caller when they ask for something.</summary>
    private static readonly string[] NoPlace = ["suffix", "best_of", "logprobs"];

    /// <exception cref="InvalidChatRequestException">The body is no such request; its message and path go to the caller.</exception>
    public static ChatRequest Read(ReadOnlySpan<byte> body)
    {
        var root = Parse(body);
        var chat = new ArrayBufferWriter<byte>(body.Length + 64);
        var lost = new List<string>();
        using (var json = new Utf8JsonWriter(chat, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("messages");
            json.WriteStartObject();
            json.WriteString("role", "user");
            json.WriteString("content", Prompt(new Field(root, "")["prompt"]));
            json.WriteEndObject();
            json.WriteEndArray();
            foreach (var member in root.EnumerateObject())
            {
                if (NoPlace.Contains(member.Name))
                {
                    if (AsksForSomething(member))
                    {
                        lost.Add(member.Name);
                    }
                }
                else if (member.Name is not ("prompt" or "echo" or "messages"))
                {
                    member.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        return OpenAiChatRequestReader.Read(chat.WrittenSpan) with { NotCarried = lost };
    }

    /// <summary>The prompt as the inside of a JSON string when the answer shall begin with it (<c>echo</c>); else empty.</summary>
    public static byte[] Echo(ReadOnlySpan<byte> body)
    {
        var root = Parse(body);
        return root.TryGetProperty("echo", out var echo) && echo.ValueKind is JsonValueKind.True
            ? JsonText.Encode(Prompt(new Field(root, "")["prompt"])).ToArray()
            : [];
    }

    private static JsonElement Parse(ReadOnlySpan<byte> body)
    {
        if (!JsonText.IsText(body))
        {
            throw new InvalidChatRequestException(null, "The body holds text that is not valid: broken UTF-8 or half a surrogate pair.");
        }

        try
        {
            var root = JsonElement.Parse(body, new() { AllowDuplicateProperties = false, MaxDepth = 128 });
            return root.ValueKind is JsonValueKind.Object ? root : throw new InvalidChatRequestException(null, "The body must be a JSON object.");
        }
        catch (JsonException e)
        {
            throw new InvalidChatRequestException(null, $"The body is not valid JSON: {e.Message}", e);
        }
    }

    private static string Prompt(Field prompt)
    {
        if (prompt.IsString)
        {
            return prompt.Text();
        }

        if (prompt.IsArray && prompt.Items().ToList() is [var only])
        {
            return only.IsString ? only.Text() : throw only.Wrong("text; tokens of one model mean nothing to another");
        }

        throw prompt.Wrong("a string, or a list of one string: several prompts are several calls");
    }

    private static bool AsksForSomething(JsonProperty member) => member.Value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.String => member.Value.GetString()!.Length > 0,
        JsonValueKind.Number => member.Value.TryGetInt32(out var number) && number > (member.Name == "best_of" ? 1 : -1),
        _ => true,
    };
}
