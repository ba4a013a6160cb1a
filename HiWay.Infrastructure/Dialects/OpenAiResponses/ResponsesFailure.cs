using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>
/// Ends a stream whose events came from a provider and were passed on as they are, the way OpenAI does it: an <c>error</c>, and a
/// <c>response.failed</c> that holds the answer as it began (recordings/openai/openai-responses-error-stream-x03).
/// </summary>
/// <param name="number">The number of the first event; the provider's own came before.</param>
/// <param name="begun">The response object of the first event; empty where none was seen.</param>
public sealed class ResponsesFailure(IBufferWriter<byte> output, long number, ReadOnlySpan<byte> begun)
{
    private readonly ResponsesEvents _events = new(output, number);
    private readonly byte[] _begun = begun.IsEmpty ? "{\"object\":\"response\",\"output\":[]}"u8.ToArray() : begun.ToArray();

    public void Write(string code, string message)
    {
        _events.Error(code, message, null);
        WriteFailed(ErrorCode(code), message);
    }

    /// <summary>The few words that the dialect's type of a failed answer's error has.</summary>
    internal static string ErrorCode(string code) => code is "rate_limit_exceeded" ? code : "server_error";

    /// <summary>The second of the two events, where the provider itself sent the first.</summary>
    public void WriteFailed(string code, string message)
    {
        var response = new ArrayBufferWriter<byte>(_begun.Length + message.Length + 128);
        var to = new Utf8Appender(response, _begun.Length + message.Length + 128);
        to.Add((byte)'{');
        var json = new Utf8JsonReader(_begun, new JsonReaderOptions { MaxDepth = 128 });
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var replaced = json.ValueTextEquals("status"u8) || json.ValueTextEquals("error"u8);
            var start = (int)json.TokenStartIndex;
            json.Read();
            json.Skip();
            if (!replaced)
            {
                to.AddCompact(_begun.AsSpan(start..(int)json.BytesConsumed));
                to.Add((byte)',');
            }
        }

        to.Add("\"status\":\"failed\",\"error\":{\"code\":"u8);
        to.AddString(code);
        to.Add(",\"message\":"u8);
        to.AddString(message);
        to.Add("}}"u8);
        to.Done();
        _events.Response("response.failed"u8, response.WrittenSpan);
    }
}
