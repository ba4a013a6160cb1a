using System.Buffers;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>
/// Writes an answer as <c>chat.completion.chunk</c> events while it comes. Nothing is written before the first meaningful piece, so
/// the gateway can still fall back; nothing is ended before <see cref="WriteEnding"/>, so a cut answer never looks whole.
/// </summary>
/// <remarks>
/// Text is copied as the upstream escaped it; a text delta costs no allocation. Reasoning goes out twice, as <c>reasoning_content</c>
/// (which most clients show) and as <c>reasoning_details</c> (which carries block borders and signatures, and comes back on the next turn).
/// </remarks>
public sealed class OpenAiChatStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults) : ClientStreamWriter(defaults)
{
    /// <summary>Room for everything in a chunk but the head and the piece itself.</summary>
    private const int Framing = 256;

    private byte[]? _head;
    private byte[]? _id;
    private long? _created;
    private byte[]? _tail;
    private List<CustomCall>? _customCalls;

    /// <summary>Finish chunks, a usage chunk without choices when wanted, <c>data: [DONE]</c>.</summary>
    public override void WriteEnding(ReadOnlySpan<byte> hiwayJson)
    {
        foreach (var custom in _customCalls ?? [])
        {
            WriteInput(FactsOf(custom.Choice), custom, custom.End());
        }

        var includeUsage = Defaults.IncludeUsage;
        var choices = Math.Max(Choices, 1);
        for (var choice = 0; choice < choices; choice++)
        {
            WriteFinish(choice, !includeUsage && choice == choices - 1 ? hiwayJson : default);
        }

        var to = new Utf8Appender(output, Framing + hiwayJson.Length + Head.Length);
        if (includeUsage)
        {
            to.Add(Head);
            to.Add("],\"usage\":"u8);
            OpenAiChatAnswerParts.AddUsage(ref to, Usage ?? default(TokenUsage));
            AddEnd(ref to, hiwayJson);
        }

        to.Add("data: [DONE]\n\n"u8);
        to.Done();
    }

    public override bool BeginInTheMiddle(int blocks, OpenBlock open)
    {
        FactsOf(0).RoleWritten = true;
        return true;
    }

    protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
    {
        _id = idJson.ToArray();
        _created = createdUnixSeconds;
        _head = MakeHead(idJson, modelJson, createdUnixSeconds);
    }

    protected override void OnResumed(ReadOnlySpan<byte> modelJson) => _head = MakeHead(_id, modelJson, _created);

    protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        var to = Open(facts, choice, json.Length);
        to.Add("\"content\":\""u8);
        to.Add(json);
        Close(ref to, "\"}"u8);
    }

    protected override void OnReasoning(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        var to = Open(facts, choice, json.Length * 2);
        to.Add("\"reasoning_content\":\""u8);
        to.Add(json);
        to.Add("\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":"u8);
        to.Add(facts.ReasoningBlocks);
        to.Add(",\"text\":\""u8);
        to.Add(json);
        Close(ref to, "\"}]}"u8);
    }

    protected override void OnReasoningSignature(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> json) =>
        WriteDetail(facts, choice, "reasoning.text"u8, "signature"u8, format, json);

    protected override void OnEncryptedReasoning(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> dataJson) =>
        WriteDetail(facts, choice, "reasoning.encrypted"u8, "data"u8, format, dataJson);

    protected override void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        var to = Open(facts, choice, json.Length);
        to.Add("\"refusal\":\""u8);
        to.Add(json);
        Close(ref to, "\"}"u8);
    }

    protected override void OnToolCallStarted(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson) =>
        WriteCall(facts, choice, call, idJson, nameJson, default);

    /// <remarks>The AI SDK takes a call's signature from the piece that names it, and no later one.</remarks>
    protected override void OnSignedToolCallStarted(
        ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson, string format, ReadOnlySpan<byte> signatureJson) =>
        WriteCall(facts, choice, call, idJson, nameJson, format == SignatureFormats.Gemini ? signatureJson : default);

    private void WriteCall(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson, ReadOnlySpan<byte> signatureJson)
    {
        if (Defaults.LegacyFunctions && call > 0)
        {
            return;     // the old form holds one call
        }

        var to = Open(facts, choice, idJson.Length + nameJson.Length + signatureJson.Length);
        if (Defaults.LegacyFunctions)
        {
            to.Add("\"function_call\":{\"name\":\""u8);
            to.Add(nameJson);
            Close(ref to, "\",\"arguments\":\"\"}}"u8);
            return;
        }

        to.Add("\"tool_calls\":[{\"index\":"u8);
        to.Add(call);
        to.Add(",\"id\":\""u8);
        to.Add(idJson);
        var custom = CustomTools.Are(Defaults.CustomTools, nameJson);
        if (custom)
        {
            (_customCalls ??= []).Add(new(choice, call));
        }

        to.Add(custom ? "\",\"type\":\"custom\",\"custom\":{\"name\":\""u8 : "\",\"type\":\"function\",\"function\":{\"name\":\""u8);
        to.Add(nameJson);
        to.Add(custom ? "\",\"input\":\"\"}"u8 : "\",\"arguments\":\"\"}"u8);
        if (signatureJson.Length > 0)
        {
            AddSignature(ref to, signatureJson);
        }

        Close(ref to, "}]}"u8);
    }

    protected override void OnToolCallArguments(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> json)
    {
        if (Defaults.LegacyFunctions && call > 0)
        {
            return;
        }

        if (_customCalls is not null && Custom(_customCalls, choice, call) is { } custom)
        {
            WriteInput(facts, custom, custom.Take(json));
            return;
        }

        var to = Open(facts, choice, json.Length);
        if (Defaults.LegacyFunctions)
        {
            to.Add("\"function_call\":{\"arguments\":\""u8);
            to.Add(json);
            Close(ref to, "\"}}"u8);
            return;
        }

        to.Add("\"tool_calls\":[{\"index\":"u8);
        to.Add(call);
        to.Add(",\"function\":{\"arguments\":\""u8);
        to.Add(json);
        Close(ref to, "\"}}]}"u8);
    }

    /// <summary>A method of its own, as its lambda would cost every piece of every call an object.</summary>
    private static CustomCall? Custom(List<CustomCall> calls, int choice, int call) => calls.Find(one => one.Choice == choice && one.Number == call);

    private void WriteInput(ChoiceFacts facts, CustomCall call, ReadOnlySpan<byte> words)
    {
        if (words.IsEmpty)
        {
            return;
        }

        var to = Open(facts, call.Choice, words.Length);
        to.Add("\"tool_calls\":[{\"index\":"u8);
        to.Add(call.Number);
        to.Add(",\"custom\":{\"input\":\""u8);
        to.Add(words);
        Close(ref to, "\"}}]}"u8);
    }

    protected override void OnToolCallSignature(ChoiceFacts facts, int choice, int call, string format, ReadOnlySpan<byte> json)
    {
        if (Defaults.LegacyFunctions || format != SignatureFormats.Gemini)
        {
            return;
        }

        // Every piece of a call says of which kind it is: without its "function" the AI SDK refuses the stream.
        var custom = _customCalls is not null && Custom(_customCalls, choice, call) is not null;
        var to = Open(facts, choice, json.Length);
        to.Add("\"tool_calls\":[{\"index\":"u8);
        to.Add(call);
        to.Add(custom ? ",\"custom\":{\"input\":\"\"}"u8 : ",\"function\":{\"arguments\":\"\"}"u8);
        AddSignature(ref to, json);
        Close(ref to, "}]}"u8);
    }

    /// <summary>Where Google's own OpenAI-compatible endpoint puts it and expects it back.</summary>
    private static void AddSignature(ref Utf8Appender to, ReadOnlySpan<byte> json)
    {
        to.Add(",\"extra_content\":{\"google\":{\"thought_signature\":\""u8);
        to.Add(json);
        to.Add("\"}}"u8);
    }

    protected override void OnExtra(ChoiceFacts facts, int choice, string kind, ReadOnlySpan<byte> jsonValue)
    {
        switch (kind)
        {
            case ExtraKinds.UrlCitation:
                WriteList(facts, choice, "\"annotations\":["u8, jsonValue);
                break;
            case ExtraKinds.Citation:
                WriteList(facts, choice, "\"citations\":["u8, jsonValue);
                break;
            case ExtraKinds.Image:
                MarkContent();
                WriteList(facts, choice, "\"images\":["u8, jsonValue);
                break;
            case ExtraKinds.Audio:
                MarkContent();
                var audio = Open(facts, choice, jsonValue.Length);
                audio.Add("\"audio\":"u8);
                audio.AddCompact(jsonValue);
                Close(ref audio, "}"u8);
                break;
            case ExtraKinds.Logprobs:
                var first = !facts.RoleWritten;
                var to = Open(facts, choice, jsonValue.Length);
                to.Add(first ? "\"content\":\"\"},\"logprobs\":"u8 : "},\"logprobs\":"u8);
                to.AddCompact(jsonValue);
                Close(ref to, default);
                break;
            case ExtraKinds.ServiceTier:
                _tail = Tail(",\"service_tier\":"u8, jsonValue);
                break;
            case ExtraKinds.SystemFingerprint:
                _tail = Tail(",\"system_fingerprint\":"u8, jsonValue);
                break;
            case ExtraKinds.StopSequence:
                facts.StopSequence = jsonValue.ToArray();
                break;
            default:
                Defaults.Drop(kind);
                break;
        }
    }

    private ReadOnlySpan<byte> Head => _head ??= MakeHead(default, default, null);

    private byte[] MakeHead(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? created)
    {
        var head = new ArrayBufferWriter<byte>(Framing);
        var to = new Utf8Appender(head, Framing);
        to.Add("data: {"u8);
        OpenAiChatAnswerParts.AddHead(ref to, "chat.completion.chunk", Defaults, idJson, modelJson, created);
        to.Add(",\"choices\":["u8);
        to.Done();
        return head.WrittenSpan.ToArray();
    }

    /// <summary>Begins a chunk of one choice up to the inside of its delta; the first one carries the role.</summary>
    private Utf8Appender Open(ChoiceFacts facts, int choice, int pieceLength)
    {
        var to = new Utf8Appender(output, Head.Length + pieceLength + Framing);
        to.Add(Head);
        to.Add("{\"index\":"u8);
        to.Add(choice);
        if (facts.RoleWritten)
        {
            to.Add(",\"delta\":{"u8);
        }
        else
        {
            facts.RoleWritten = true;
            to.Add(",\"delta\":{\"role\":\"assistant\","u8);
        }

        return to;
    }

    private static void Close(ref Utf8Appender to, ReadOnlySpan<byte> deltaEnd)
    {
        to.Add(deltaEnd);
        to.Add(",\"finish_reason\":null}]}\n\n"u8);
        to.Done();
    }

    private void WriteDetail(ChoiceFacts facts, int choice, ReadOnlySpan<byte> type, ReadOnlySpan<byte> field, string format, ReadOnlySpan<byte> json)
    {
        var to = Open(facts, choice, json.Length);
        to.Add("\"reasoning_details\":[{\"type\":\""u8);
        to.Add(type);
        to.Add("\",\"index\":"u8);
        to.Add(facts.ReasoningBlocks);
        to.Add(",\"format\":"u8);
        to.AddString(format);
        to.Add(",\""u8);
        to.Add(field);
        to.Add("\":\""u8);
        to.Add(json);
        Close(ref to, "\"}]}"u8);
    }

    private void WriteList(ChoiceFacts facts, int choice, ReadOnlySpan<byte> begin, ReadOnlySpan<byte> value)
    {
        var to = Open(facts, choice, value.Length);
        to.Add(begin);
        to.AddCompact(value);
        Close(ref to, "]}"u8);
    }

    private void WriteFinish(int choice, ReadOnlySpan<byte> hiwayJson)
    {
        var to = new Utf8Appender(output, Head.Length + Framing + hiwayJson.Length);
        to.Add(Head);
        to.Add("{\"index\":"u8);
        to.Add(choice);
        to.Add(",\"delta\":{"u8);
        if (!FactsOf(choice).RoleWritten)
        {
            to.Add("\"role\":\"assistant\",\"content\":\"\""u8);
        }

        to.Add("},\"finish_reason\":\""u8);
        to.Add(OpenAiChatAnswerParts.FinishReasonText(FinishOf(choice), Defaults.LegacyFunctions));
        to.Add((byte)'"');
        OpenAiChatAnswerParts.AddStopSequence(ref to, FactsOf(choice).StopSequence);
        to.Add("}]"u8);
        AddEnd(ref to, hiwayJson);
        to.Done();
    }

    private void AddEnd(ref Utf8Appender to, ReadOnlySpan<byte> hiwayJson)
    {
        to.Add(_tail);
        if (hiwayJson.Length > 0)
        {
            to.Add(",\"_hiway\":"u8);
            to.Add(hiwayJson);
        }

        to.Add("}\n\n"u8);
    }

    private byte[] Tail(ReadOnlySpan<byte> name, ReadOnlySpan<byte> jsonValue) => [.. _tail ?? [], .. name, .. jsonValue];

    /// <summary>A call of a tool that takes words, which come as the arguments of a function.</summary>
    private sealed class CustomCall(int choice, int number)
    {
        private readonly CustomToolInput _input = new();
        private readonly ArrayBufferWriter<byte> _arguments = new();

        public int Choice { get; } = choice;

        public int Number { get; } = number;

        public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> json)
        {
            _arguments.Write(json);
            return _input.Take(json);
        }

        public ReadOnlySpan<byte> End() => _input.End(_arguments.WrittenSpan);
    }
}
