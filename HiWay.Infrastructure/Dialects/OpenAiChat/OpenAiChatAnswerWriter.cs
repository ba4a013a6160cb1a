using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;

namespace HiWay.Infrastructure.Dialects.OpenAiChat;

/// <summary>Collects an answer and writes it as one <c>chat.completion</c> object.</summary>
public sealed class OpenAiChatAnswerWriter(AnswerDefaults defaults) : ClientAnswerWriter(defaults)
{
    private readonly List<Message> _messages = [];
    private byte[] _id = [];
    private byte[] _model = [];
    private long? _created;
    private byte[]? _serviceTier;
    private byte[]? _fingerprint;

    public override void WriteTo(IBufferWriter<byte> output, ReadOnlySpan<byte> hiwayJson)
    {
        var to = new Utf8Appender(output, 1024 + (int)Math.Min(ProducedBytes, int.MaxValue / 4) + hiwayJson.Length);
        to.Add((byte)'{');
        OpenAiChatAnswerParts.AddHead(ref to, "chat.completion", Defaults, _id, _model, _created);
        to.Add(",\"choices\":["u8);
        var choices = Math.Max(Choices, 1);
        for (var choice = 0; choice < choices; choice++)
        {
            if (choice > 0)
            {
                to.Add((byte)',');
            }

            AddChoice(ref to, choice);
        }

        to.Add((byte)']');
        if (Usage is { } usage)
        {
            to.Add(",\"usage\":"u8);
            OpenAiChatAnswerParts.AddUsage(ref to, usage);
        }

        AddMember(ref to, ",\"service_tier\":"u8, _serviceTier);
        AddMember(ref to, ",\"system_fingerprint\":"u8, _fingerprint);
        AddMember(ref to, ",\"_hiway\":"u8, hiwayJson);
        to.Add((byte)'}');
        to.Done();
    }

    protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds)
    {
        _id = idJson.ToArray();
        _model = modelJson.ToArray();
        _created = createdUnixSeconds;
    }

    protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => At(choice).Content.Write(json);

    protected override void OnReasoning(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        At(choice).Reasoning.Write(json);
        At(choice).Block(facts.ReasoningBlocks).Text.Write(json);
    }

    protected override void OnReasoningSignature(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> json)
    {
        var block = At(choice).Block(facts.ReasoningBlocks);
        block.Format = format;
        block.Signature = json.ToArray();
    }

    protected override void OnEncryptedReasoning(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> dataJson)
    {
        var block = At(choice).Block(facts.ReasoningBlocks);
        block.Format = format;
        block.Data = dataJson.ToArray();
    }

    protected override void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => At(choice).Refusal.Write(json);

    protected override void OnToolCallStarted(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson)
    {
        var to = At(choice).Call(call);
        to.Id = idJson.ToArray();
        to.Name = nameJson.ToArray();
    }

    protected override void OnToolCallArguments(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> json) =>
        At(choice).Call(call).Arguments.Write(json);

    protected override void OnToolCallSignature(ChoiceFacts facts, int choice, int call, string format, ReadOnlySpan<byte> json)
    {
        if (format == SignatureFormats.Gemini)
        {
            At(choice).Call(call).GoogleSignature = json.ToArray();
        }
    }

    protected override void OnExtra(ChoiceFacts facts, int choice, string kind, ReadOnlySpan<byte> jsonValue)
    {
        switch (kind)
        {
            case ExtraKinds.UrlCitation:
                At(choice).Annotations.Add(jsonValue.ToArray());
                break;
            case ExtraKinds.Citation:
                At(choice).Citations.Add(jsonValue.ToArray());
                break;
            case ExtraKinds.Image:
                MarkContent();
                At(choice).Images.Add(jsonValue.ToArray());
                break;
            case ExtraKinds.Audio:
                MarkContent();
                At(choice).Audio = jsonValue.ToArray();
                break;
            case ExtraKinds.Logprobs:
                // A stream's pieces could only be joined by reading them; a buffered answer has one per choice.
                At(choice).Logprobs = jsonValue.ToArray();
                break;
            case ExtraKinds.ServiceTier:
                _serviceTier = jsonValue.ToArray();
                break;
            case ExtraKinds.SystemFingerprint:
                _fingerprint = jsonValue.ToArray();
                break;
            case ExtraKinds.StopSequence:
                facts.StopSequence = jsonValue.ToArray();
                break;
            default:
                Defaults.Drop(kind);
                break;
        }
    }

    private Message At(int choice)
    {
        while (_messages.Count <= choice)
        {
            _messages.Add(new());
        }

        return _messages[choice];
    }

    private void AddChoice(ref Utf8Appender to, int choice)
    {
        var message = At(choice);
        to.Add("{\"index\":"u8);
        to.Add(choice);
        to.Add(",\"message\":{\"role\":\"assistant\",\"content\":"u8);

        // As OpenAI: null beside tool calls or a refusal, else a string even when it is empty.
        if (message.Content.WrittenCount == 0 && (message.Calls.Count > 0 || message.Refusal.WrittenCount > 0 || message.Audio is not null))
        {
            to.Add("null"u8);
        }
        else
        {
            AddText(ref to, message.Content);
        }

        to.Add(",\"refusal\":"u8);
        if (message.Refusal.WrittenCount > 0)
        {
            AddText(ref to, message.Refusal);
        }
        else
        {
            to.Add("null"u8);
        }

        AddReasoning(ref to, message);
        AddCalls(ref to, message);
        AddList(ref to, ",\"annotations\":["u8, message.Annotations);
        AddList(ref to, ",\"citations\":["u8, message.Citations);
        AddList(ref to, ",\"images\":["u8, message.Images);
        AddMember(ref to, ",\"audio\":"u8, message.Audio);
        to.Add("},\"logprobs\":"u8);
        if (message.Logprobs is { } logprobs)
        {
            to.AddCompact(logprobs);
        }
        else
        {
            to.Add("null"u8);
        }

        to.Add(",\"finish_reason\":\""u8);
        to.Add(OpenAiChatAnswerParts.FinishReasonText(FinishOf(choice), Defaults.LegacyFunctions));
        to.Add((byte)'"');
        OpenAiChatAnswerParts.AddStopSequence(ref to, FactsOf(choice).StopSequence);
        to.Add((byte)'}');
    }

    private static void AddReasoning(ref Utf8Appender to, Message message)
    {
        if (message.Reasoning.WrittenCount > 0)
        {
            to.Add(",\"reasoning_content\":"u8);
            AddText(ref to, message.Reasoning);
        }

        if (message.Blocks.Count == 0)
        {
            return;
        }

        to.Add(",\"reasoning_details\":["u8);
        for (var i = 0; i < message.Blocks.Count; i++)
        {
            var block = message.Blocks[i];
            to.Add(i > 0 ? ",{\"type\":\""u8 : "{\"type\":\""u8);
            to.Add(block.Data is null ? "reasoning.text\",\"index\":"u8 : "reasoning.encrypted\",\"index\":"u8);
            to.Add(i);
            if (block.Format is { } format)
            {
                to.Add(",\"format\":"u8);
                to.AddString(format);
            }

            if (block.Data is null)
            {
                to.Add(",\"text\":"u8);
                AddText(ref to, block.Text);
            }

            AddQuoted(ref to, ",\"data\":\""u8, block.Data);
            AddQuoted(ref to, ",\"signature\":\""u8, block.Signature);
            to.Add((byte)'}');
        }

        to.Add((byte)']');
    }

    private void AddCalls(ref Utf8Appender to, Message message)
    {
        if (message.Calls.Count == 0)
        {
            return;
        }

        if (Defaults.LegacyFunctions)
        {
            to.Add(",\"function_call\":"u8);
            AddFunction(ref to, message.Calls[0]);
            return;
        }

        to.Add(",\"tool_calls\":["u8);
        for (var i = 0; i < message.Calls.Count; i++)
        {
            var call = message.Calls[i];
            to.Add(i > 0 ? ",{\"id\":\""u8 : "{\"id\":\""u8);
            to.Add(call.Id);
            if (CustomTools.Are(Defaults.CustomTools, call.Name))
            {
                AddCustom(ref to, call);
            }
            else
            {
                to.Add("\",\"type\":\"function\",\"function\":"u8);
                AddFunction(ref to, call);
            }

            if (call.GoogleSignature is { } signature)
            {
                AddQuoted(ref to, ",\"extra_content\":{\"google\":{\"thought_signature\":\""u8, signature);
                to.Add("}}"u8);
            }

            to.Add((byte)'}');
        }

        to.Add((byte)']');
    }

    private static void AddFunction(ref Utf8Appender to, Call call)
    {
        to.Add("{\"name\":\""u8);
        to.Add(call.Name);
        to.Add("\",\"arguments\":"u8);
        AddText(ref to, call.Arguments);
        to.Add((byte)'}');
    }

    private static void AddCustom(ref Utf8Appender to, Call call)
    {
        var input = new CustomToolInput();
        input.Take(call.Arguments.WrittenSpan);
        input.End(call.Arguments.WrittenSpan);
        to.Add("\",\"type\":\"custom\",\"custom\":{\"name\":\""u8);
        to.Add(call.Name);
        to.Add("\",\"input\":\""u8);
        to.Add(input.Words);
        to.Add("\"}"u8);
    }

    private static void AddText(ref Utf8Appender to, ArrayBufferWriter<byte> inside)
    {
        to.Add((byte)'"');
        to.Add(inside.WrittenSpan);
        to.Add((byte)'"');
    }

    private static void AddQuoted(ref Utf8Appender to, ReadOnlySpan<byte> begin, byte[]? inside)
    {
        if (inside is not null)
        {
            to.Add(begin);
            to.Add(inside);
            to.Add((byte)'"');
        }
    }

    private static void AddList(ref Utf8Appender to, ReadOnlySpan<byte> begin, List<byte[]> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        to.Add(begin);
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
            {
                to.Add((byte)',');
            }

            to.AddCompact(values[i]);
        }

        to.Add((byte)']');
    }

    private static void AddMember(ref Utf8Appender to, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.Length > 0)
        {
            to.Add(name);
            to.AddCompact(value);
        }
    }

    private sealed class Message
    {
        public ArrayBufferWriter<byte> Content { get; } = new();

        public ArrayBufferWriter<byte> Reasoning { get; } = new();

        public ArrayBufferWriter<byte> Refusal { get; } = new();

        public List<Block> Blocks { get; } = [];

        public List<Call> Calls { get; } = [];

        public List<byte[]> Annotations { get; } = [];

        public List<byte[]> Citations { get; } = [];

        public List<byte[]> Images { get; } = [];

        public byte[]? Audio { get; set; }

        public byte[]? Logprobs { get; set; }

        public Block Block(int index)
        {
            while (Blocks.Count <= index)
            {
                Blocks.Add(new());
            }

            return Blocks[index];
        }

        public Call Call(int index)
        {
            while (Calls.Count <= index)
            {
                Calls.Add(new());
            }

            return Calls[index];
        }
    }

    private sealed class Block
    {
        public ArrayBufferWriter<byte> Text { get; } = new();

        public string? Format { get; set; }

        public byte[]? Signature { get; set; }

        public byte[]? Data { get; set; }
    }

    private sealed class Call
    {
        public byte[] Id { get; set; } = [];

        public byte[] Name { get; set; } = [];

        public ArrayBufferWriter<byte> Arguments { get; } = new();

        public byte[]? GoogleSignature { get; set; }
    }
}
