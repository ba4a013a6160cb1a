using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Infrastructure.Dialects.OpenAiCompletions;

/// <summary>Collects an answer and writes it as one <c>text_completion</c> object: the words and nothing else, for there is no place for more.</summary>
public sealed class OpenAiCompletionsAnswerWriter(AnswerDefaults defaults) : ClientAnswerWriter(defaults)
{
    private readonly List<ArrayBufferWriter<byte>> _texts = [];
    private byte[] _model = [];
    private long? _created;

    public override void WriteTo(IBufferWriter<byte> output, ReadOnlySpan<byte> hiwayJson)
    {
        var to = new Utf8Appender(output, 1024 + hiwayJson.Length);
        to.Add((byte)'{');
        OpenAiCompletionsChunks.AddHead(ref to, Defaults, _model, _created);
        for (var choice = 0; choice < Math.Max(Choices, 1); choice++)
        {
            to.Add(choice > 0 ? ","u8 : default);
            OpenAiCompletionsChunks.AddChoice(ref to, choice, Defaults.Echo.Span, At(choice).WrittenSpan, FinishOf(choice));
        }

        to.Add((byte)']');
        if (Usage is { } usage)
        {
            to.Add(",\"usage\":"u8);
            OpenAiChatAnswerParts.AddUsage(ref to, usage);
        }

        if (hiwayJson.Length > 0)
        {
            to.Add(",\"_hiway\":"u8);
            to.Add(hiwayJson);
        }

        to.Add((byte)'}');
        to.Done();
    }

    protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds) =>
        (_model, _created) = (modelJson.ToArray(), createdUnixSeconds);

    protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => At(choice).Write(json);

    protected override void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => At(choice).Write(json);

    protected override void OnReasoning(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => Defaults.DropNamed("answer.reasoning");

    protected override void OnReasoningSignature(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> json)
    {
    }

    protected override void OnEncryptedReasoning(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> dataJson)
    {
    }

    protected override void OnToolCallStarted(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson) => Defaults.DropNamed("answer.tool_calls");

    protected override void OnToolCallArguments(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> json)
    {
    }

    protected override void OnToolCallSignature(ChoiceFacts facts, int choice, int call, string format, ReadOnlySpan<byte> json)
    {
    }

    protected override void OnExtra(ChoiceFacts facts, int choice, string kind, ReadOnlySpan<byte> jsonValue) => Defaults.Drop(kind);

    private ArrayBufferWriter<byte> At(int choice)
    {
        while (_texts.Count <= choice)
        {
            _texts.Add(new());
        }

        return _texts[choice];
    }
}
