using System.Buffers;
using HiWay.Domain.Guardian;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Resuming;
using HiWay.Infrastructure.Dialects.Sse;
using HiWay.Web.Gateway.Upstream;

namespace HiWay.Web.Gateway.Guardian;

/// <summary>Finds the texts of an upstream's answer or event by the names that the dialects give them, without reading it as JSON.</summary>
internal static class AnswerWords
{
    /// <summary>The beginning of an answer says enough.</summary>
    private const int MostBytes = 16 * 1024;

    /// <summary>Names that stand before something else than a text are passed over so often.</summary>
    private const int MostLooks = 16;

    /// <summary>Adds the texts of a JSON answer or event.</summary>
    public static void Add(TextPrinter printer, ReadOnlySpan<byte> json)
    {
        if (printer.IsFull)
        {
            return;
        }

        json = json[..Math.Min(json.Length, MostBytes)];
        Add(printer, json, "\"content\""u8);        // chat completions, Ollama
        Add(printer, json, "\"text\""u8);           // Anthropic, Gemini, Bedrock, Cohere, completions, whole Responses
        Add(printer, json, "\"delta\""u8);          // Responses, streamed
        Add(printer, json, "\"partial_json\""u8);   // calls of tools, streamed: Anthropic

        // An answer that says again which tools it was offered (Responses) has properties of these names in their schemas.
        var objects = json.IndexOf("\"tools\""u8) < 0;
        Add(printer, json, "\"arguments\""u8, objects);   // calls of tools: chat completions, Responses, Ollama (as JSON)
        Add(printer, json, "\"input\""u8, objects);       // calls of custom tools; as JSON at Anthropic and Bedrock
        Add(printer, json, "\"args\""u8, objects);        // the same at Gemini
    }

    /// <summary>The last text of a request in a dialect that is not read; empty where none is found near its end.</summary>
    public static ReadOnlySpan<byte> Last(ReadOnlySpan<byte> json)
    {
        var last = default(ReadOnlySpan<byte>);
        var at = -1;
        Find(json, "\"content\""u8, ref at, ref last);
        Find(json, "\"text\""u8, ref at, ref last);
        Find(json, "\"input\""u8, ref at, ref last);
        Find(json, "\"output\""u8, ref at, ref last);
        Find(json, "\"prompt\""u8, ref at, ref last);
        return last;

        static void Find(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, ref int at, ref ReadOnlySpan<byte> last)
        {
            var rest = json;
            for (var tries = 0; tries < MostLooks && rest.LastIndexOf(name) is var found && found > at; tries++)
            {
                var value = json[(found + name.Length)..].TrimStart((byte)' ');
                if (value is [(byte)':', ..] && value[1..].TrimStart((byte)' ') is [(byte)'"', .. var text])
                {
                    at = found;
                    last = text[..EndOfString(text)];
                    return;
                }

                rest = json[..found];
            }
        }
    }

    /// <param name="objects">An object of that name is text too.</param>
    private static void Add(TextPrinter printer, ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, bool objects = false)
    {
        while (json.IndexOf(name) is var at and >= 0)
        {
            json = json[(at + name.Length)..].TrimStart((byte)' ');
            if (json.IsEmpty || json[0] != ':')
            {
                continue;
            }

            json = json[1..].TrimStart((byte)' ');
            if (objects && json is [(byte)'{', ..])
            {
                var members = EndOfObject(json);
                printer.Add(json[..members]);
                json = json[members..];
                continue;
            }

            if (json.IsEmpty || json[0] != '"')
            {
                continue;
            }

            json = json[1..];
            var end = EndOfString(json);
            printer.Add(json[..end]);
            json = json[end..];
        }
    }

    /// <summary>Where an object ends that begins the text; the text's end when it does not.</summary>
    private static int EndOfObject(ReadOnlySpan<byte> json)
    {
        var (at, depth) = (0, 0);
        while (json[at..].IndexOfAny((byte)'{', (byte)'}', (byte)'"') is var next and >= 0)
        {
            at += next + 1;
            switch (json[at - 1])
            {
                case (byte)'{':
                    depth++;
                    break;
                case (byte)'}':
                    if (--depth == 0)
                    {
                        return at;
                    }

                    break;
                default:
                    at = Math.Min(json.Length, at + EndOfString(json[at..]) + 1);
                    break;
            }
        }

        return json.Length;
    }

    private static int EndOfString(ReadOnlySpan<byte> json)
    {
        var end = 0;
        while (json[end..].IndexOfAny((byte)'"', (byte)'\\') is var next and >= 0)
        {
            end += next;
            if (json[end] == '"')
            {
                return end;
            }

            end = Math.Min(end + 2, json.Length);
        }

        return json.Length;
    }
}

/// <summary>A stream whose texts leave their print as they pass.</summary>
internal sealed class PrintedStreamRelay(IStreamRelay inner, TextPrinter printer) : IStreamRelay
{
    public bool HasContent => inner.HasContent;

    public bool IsComplete => inner.IsComplete;

    public UpstreamError? Failure => inner.Failure;

    public TokenUsage? Usage => inner.Usage;

    public long ContentBytes => inner.ContentBytes;

    public DeliveredText? Delivered
    {
        get => inner.Delivered;
        set => inner.Delivered = value;
    }

    public void Take(in SseEvent sse, IBufferWriter<byte> to)
    {
        AnswerWords.Add(printer, sse.Data);
        inner.Take(sse, to);
    }

    public void Closed(IBufferWriter<byte> to) => inner.Closed(to);

    public void WriteEnding(ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) => inner.WriteEnding(hiway, to);

    public IStreamRelay? GoOn(GatewayCall call, Attempt attempt, string expected, bool optional) => inner.GoOn(call, attempt, expected, optional);

    public bool WriteFailure(string code, string message, IBufferWriter<byte> to) => inner.WriteFailure(code, message, to);

    public void Dispose() => inner.Dispose();
}

/// <summary>The same for an answer that comes whole.</summary>
internal sealed class PrintedAnswerRelay(IAnswerRelay inner, TextPrinter printer) : IAnswerRelay
{
    public bool HasContent => inner.HasContent;

    public UpstreamError? Failure => inner.Failure;

    public TokenUsage? Usage => inner.Usage;

    public long ContentBytes => inner.ContentBytes;

    public void Read(ReadOnlySpan<byte> body)
    {
        inner.Read(body);
        AnswerWords.Add(printer, body);
    }

    public void Write(ReadOnlySpan<byte> body, ReadOnlySpan<byte> hiway, IBufferWriter<byte> to) => inner.Write(body, hiway, to);
}
