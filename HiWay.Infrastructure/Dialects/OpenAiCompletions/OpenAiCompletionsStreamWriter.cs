using System.Buffers;
using HiWay.Infrastructure.Dialects.Json;
using HiWay.Infrastructure.Dialects.OpenAiChat;

namespace HiWay.Infrastructure.Dialects.OpenAiCompletions;

/// <summary>Writes an answer as <c>text_completion</c> events while it comes.</summary>
public sealed class OpenAiCompletionsStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults) : ClientStreamWriter(defaults)
{
    private const int Framing = 384;

    private byte[] _model = [];
    private long? _created;

    public override void WriteEnding(ReadOnlySpan<byte> hiwayJson)
    {
        var choices = Math.Max(Choices, 1);
        for (var choice = 0; choice < choices; choice++)
        {
            Write(choice, default, FinishOf(choice), !Defaults.IncludeUsage && choice == choices - 1 ? hiwayJson : default);
        }

        var to = new Utf8Appender(output, Framing + hiwayJson.Length);
        if (Defaults.IncludeUsage)
        {
            to.Add("data: {"u8);
            OpenAiCompletionsChunks.AddHead(ref to, Defaults, _model, _created);
            to.Add("],\"usage\":"u8);
            OpenAiChatAnswerParts.AddUsage(ref to, Usage ?? default);
            AddEnd(ref to, hiwayJson);
        }

        to.Add("data: [DONE]\n\n"u8);
        to.Done();
    }

    protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds) =>
        (_model, _created) = (modelJson.ToArray(), createdUnixSeconds);

    protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json)
    {
        if (!facts.RoleWritten)
        {
            facts.RoleWritten = true;
            if (Defaults.Echo.Length > 0)
            {
                Write(choice, Defaults.Echo.Span, null, default);
            }
        }

        Write(choice, json, null, default);
    }

    protected override void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => OnText(facts, choice, json);

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

    private void Write(int choice, ReadOnlySpan<byte> text, FinishReason? finish, ReadOnlySpan<byte> hiwayJson)
    {
        var to = new Utf8Appender(output, Framing + text.Length + hiwayJson.Length);
        to.Add("data: {"u8);
        OpenAiCompletionsChunks.AddHead(ref to, Defaults, _model, _created);
        OpenAiCompletionsChunks.AddChoice(ref to, choice, default, text, finish);
        to.Add((byte)']');
        AddEnd(ref to, hiwayJson);
        to.Done();
    }

    private static void AddEnd(ref Utf8Appender to, ReadOnlySpan<byte> hiwayJson)
    {
        if (hiwayJson.Length > 0)
        {
            to.Add(",\"_hiway\":"u8);
            to.Add(hiwayJson);
        }

        to.Add("}\n\n"u8);
    }
}
