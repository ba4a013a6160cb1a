using System.Buffers;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Collects an answer and writes it as one response object of OpenAI's Responses API.</summary>
public sealed class OpenAiResponsesAnswerWriter : ClientAnswerWriter
{
    private readonly ResponsesObject _response;
    private readonly ResponsesWriting _writing;

    public OpenAiResponsesAnswerWriter(AnswerDefaults defaults)
        : base(defaults)
    {
        _response = new(defaults);
        _writing = new(defaults, _response, null);
    }

    public override void WriteTo(IBufferWriter<byte> output, ReadOnlySpan<byte> hiwayJson)
    {
        var finish = FinishOf(0);
        _writing.Output.Complete(ResponsesObject.IsCut(finish, _writing.Output));
        _response.WriteEnd(output, _writing.Output, finish, Usage, hiwayJson);
    }

    protected override void OnStarted(ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> modelJson, long? createdUnixSeconds) =>
        _response.Start(modelJson, createdUnixSeconds);

    protected override void OnText(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => _writing.Text(choice, json, refusal: false);

    protected override void OnReasoning(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => _writing.Reasoning(choice, json);

    protected override void OnReasoningSignature(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> json) =>
        _writing.State(choice, 's', format, json);

    protected override void OnEncryptedReasoning(ChoiceFacts facts, int choice, string format, ReadOnlySpan<byte> dataJson) =>
        _writing.State(choice, 'd', format, dataJson);

    protected override void OnRefusal(ChoiceFacts facts, int choice, ReadOnlySpan<byte> json) => _writing.Text(choice, json, refusal: true);

    protected override void OnToolCallStarted(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> idJson, ReadOnlySpan<byte> nameJson) =>
        _writing.CallStarted(choice, call, idJson, nameJson);

    protected override void OnToolCallArguments(ChoiceFacts facts, int choice, int call, ReadOnlySpan<byte> json) =>
        _writing.CallArguments(choice, call, json);

    protected override void OnToolCallSignature(ChoiceFacts facts, int choice, int call, string format, ReadOnlySpan<byte> json) =>
        _writing.CallState(choice, call, format, json);

    protected override void OnExtra(ChoiceFacts facts, int choice, string kind, ReadOnlySpan<byte> jsonValue)
    {
        if (_writing.Extra(choice, kind, jsonValue))
        {
            MarkContent();
        }
    }
}
