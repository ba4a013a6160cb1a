using System.Buffers;
using System.Text.Json;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>What the stream writer and the answer writer share: from the inner form's pieces to items. The dialect knows one choice; others are left out.</summary>
internal sealed class ResponsesWriting(AnswerDefaults defaults, ResponsesObject response, ResponsesEvents? events)
{
    private bool _begun;

    public ResponsesOutput Output { get; } = new(response.Stem, events, defaults.CustomTools);

    /// <summary>Writes the two events that every stream begins with; once, before anything else.</summary>
    public void Begin()
    {
        if (_begun || events is null)
        {
            return;
        }

        _begun = true;
        var object0 = response.Begin();
        events.Response("response.created"u8, object0);
        events.Response("response.in_progress"u8, object0);
    }

    /// <summary>The stream has begun elsewhere.</summary>
    public void BeginInTheMiddle() => _begun = true;

    private bool IsShown(int choice)
    {
        if (choice > 0)
        {
            defaults.DropNamed("answer.choices");
        }

        return choice == 0;
    }

    public void Text(int choice, ReadOnlySpan<byte> json, bool refusal)
    {
        if (IsShown(choice))
        {
            Begin();
            Output.Text(json, refusal);
        }
    }

    public void Reasoning(int choice, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            Begin();
            Output.Reasoning(json);
        }
    }

    /// <param name="kind"><c>s</c> for a proof, <c>d</c> for reasoning that only its provider can read.</param>
    public void State(int choice, char kind, string format, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            Begin();
            Output.ReasoningEnds(ReasoningState.Write(kind, format, json));
        }
    }

    public void CallStarted(int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
    {
        if (IsShown(choice))
        {
            Begin();
            Output.CallStarted(call, idJson, nameJson);
        }
    }

    public void CallArguments(int choice, int call, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            Output.CallArguments(call, json);
        }
    }

    public void CallState(int choice, int call, string format, ReadOnlySpan<byte> json)
    {
        if (IsShown(choice))
        {
            Output.CallState(call, format, json);
        }
    }

    /// <returns>True for content of its own: a picture.</returns>
    public bool Extra(int choice, string kind, ReadOnlySpan<byte> jsonValue)
    {
        if (kind == ExtraKinds.ServiceTier)
        {
            response.ServedBy(jsonValue);
            return false;
        }

        if (kind is not (ExtraKinds.UrlCitation or ExtraKinds.Logprobs or ExtraKinds.Image))
        {
            defaults.Drop(kind);
            return false;
        }

        if (!IsShown(choice))
        {
            return false;
        }

        var value = JsonElement.Parse(jsonValue);
        switch (kind)
        {
            case ExtraKinds.UrlCitation when value.TryGetProperty("url_citation", out var citation):
                Begin();
                Output.Annotate(Annotation(citation));
                return false;
            case ExtraKinds.Logprobs when value.TryGetProperty("content", out var entries) && entries.ValueKind is JsonValueKind.Array:
                Begin();
                if (Entries(entries) is { Length: > 0 } written)
                {
                    Output.Logprobs(written);
                }

                return false;
            case ExtraKinds.Image when Picture(value) is { } picture:
                Begin();
                Output.Picture(picture);
                return true;
            default:
                // A picture by address alone, or what is not what its kind says.
                defaults.Drop(kind);
                return false;
        }
    }

    /// <summary>From the chat dialect's nested form to this one's flat form.</summary>
    private static byte[] Annotation(JsonElement citation)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "url_citation"u8);
            json.WriteNumber("start_index"u8, Number(citation, "start_index"));
            json.WriteNumber("end_index"u8, Number(citation, "end_index"));
            json.WriteString("title"u8, Words(citation, "title"));
            json.WriteString("url"u8, Words(citation, "url"));
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The entries without their brackets; this dialect insists on the bytes and the alternatives, which some providers leave out.</summary>
    private static byte[] Entries(JsonElement entries)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var to = new Utf8Appender(buffer, 256);
        var first = true;
        foreach (var entry in entries.EnumerateArray())
        {
            to.Add(first ? "{\"token\":"u8 : ",{\"token\":"u8);
            first = false;
            AddRaw(ref to, entry, "token", "\"\""u8);
            to.Add(",\"logprob\":"u8);
            AddRaw(ref to, entry, "logprob", "0"u8);
            to.Add(",\"bytes\":"u8);
            AddRaw(ref to, entry, "bytes", "[]"u8);
            to.Add(",\"top_logprobs\":"u8);
            AddTop(ref to, entry);
            to.Add((byte)'}');
        }

        to.Done();
        return buffer.WrittenSpan.ToArray();
    }

    private static void AddTop(ref Utf8Appender to, JsonElement entry)
    {
        to.Add((byte)'[');
        if (entry.TryGetProperty("top_logprobs", out var top) && top.ValueKind is JsonValueKind.Array)
        {
            var first = true;
            foreach (var one in top.EnumerateArray())
            {
                to.Add(first ? "{\"token\":"u8 : ",{\"token\":"u8);
                first = false;
                AddRaw(ref to, one, "token", "\"\""u8);
                to.Add(",\"logprob\":"u8);
                AddRaw(ref to, one, "logprob", "0"u8);
                to.Add(",\"bytes\":"u8);
                AddRaw(ref to, one, "bytes", "[]"u8);
                to.Add((byte)'}');
            }
        }

        to.Add((byte)']');
    }

    private static void AddRaw(ref Utf8Appender to, JsonElement parent, string name, ReadOnlySpan<byte> otherwise)
    {
        if (parent.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null)
        {
            to.AddCompact(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value));
        }
        else
        {
            to.Add(otherwise);
        }
    }

    private static byte[]? Picture(JsonElement image) =>
        image.TryGetProperty("image_url", out var address) && address.TryGetProperty("url", out var url) && url.ValueKind is JsonValueKind.String
        && DataUrl.TryParse(url.GetString()!, out _, out var base64)
            ? JsonText.Encode(base64).ToArray()
            : null;

    private static int Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) ? number : 0;

    private static string Words(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";
}
