using System.Buffers;
using System.Text.Json;
using HiWay.Web.Components.Snippets;

namespace HiWay.Web.Pages.Playground;

/// <summary>The playground's conversation as a request of each API.</summary>
internal static class PlaygroundBody
{
    /// <summary>Anthropic's API wants a limit in every call.</summary>
    private const int DefaultMaxTokens = 4096;

    public static byte[] Write(PlaygroundChat chat, string question)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("model", chat.Model);
            if (chat.Api == PlaygroundApis.Images)
            {
                json.WriteString("prompt", question.Trim());
            }
            else
            {
                WriteConversation(json, chat, chat.Messages(question));
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteConversation(Utf8JsonWriter json, PlaygroundChat chat, IReadOnlyList<SnippetMessage> messages)
    {
        // OpenAI's chats say the system prompt as a message; the two others keep it apart.
        var apart = chat.Api == PlaygroundApis.Chat ? null : messages.FirstOrDefault(message => message.Role == "system");
        if (apart is not null)
        {
            json.WriteString(chat.Api == PlaygroundApis.Messages ? "system" : "instructions", apart.Content);
        }

        json.WriteStartArray(chat.Api == PlaygroundApis.Responses ? "input" : "messages");
        foreach (var message in messages.Where(message => message != apart))
        {
            json.WriteStartObject();
            json.WriteString("role", message.Role);
            json.WriteString("content", message.Content);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (chat.Temperature is { } temperature)
        {
            json.WriteNumber("temperature", temperature);
        }

        if (chat.MaxTokens is { } most)
        {
            json.WriteNumber(chat.Api == PlaygroundApis.Responses ? "max_output_tokens" : "max_tokens", most);
        }
        else if (chat.Api == PlaygroundApis.Messages)
        {
            json.WriteNumber("max_tokens", DefaultMaxTokens);
        }

        json.WriteBoolean("stream", true);
        if (chat.Api == PlaygroundApis.Chat)
        {
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
        }
        else if (chat.Api == PlaygroundApis.Responses)
        {
            json.WriteBoolean("store", false);
        }
    }
}
