using System.Buffers;

namespace HiWay.Infrastructure.Dialects.OpenAiResponses;

/// <summary>Writes an answer as the events of OpenAI's Responses API while it comes, from <c>response.created</c> to <c>response.completed</c>.</summary>
/// <remarks>The dialect repeats every text in its <c>done</c> events and at the end, so the answer is kept while it is written.</remarks>
public sealed class OpenAiResponsesStreamWriter : ClientStreamWriter
{
    private readonly ResponsesObject _response;
    private readonly ResponsesEvents _events;
    private readonly ResponsesWriting _writing;

    public OpenAiResponsesStreamWriter(IBufferWriter<byte> output, AnswerDefaults defaults)
        : base(defaults)
    {
        _response = new(defaults);
        _events = new(output);
        _writing = new(defaults, _response, _events);
    }

    /// <summary>Takes over an answer whose beginning was passed through as bytes. Called before anything else.</summary>
    /// <param name="next">The number of the next event.</param>
    /// <param name="finished">Items that are whole, as they came.</param>
    /// <param name="openId">The message in the middle of which it stopped, the inside of a JSON string; null when none had begun.</param>
    /// <param name="begunText">Its text so far, as the inside of a JSON string; null when its part had not begun.</param>
    public void TakeOver(long next, IReadOnlyList<byte[]> finished, byte[]? openId, byte[]? begunText)
    {
        _events.SkipTo(next);
        _writing.BeginInTheMiddle();
        _writing.Output.TakeOver(finished, openId, begunText);
    }

    public override void WriteEnding(ReadOnlySpan<byte> hiwayJson)
    {
        _writing.Begin();
        var finish = FinishOf(0);
        _writing.Output.Complete(ResponsesObject.IsCut(finish, _writing.Output));
        _events.Response(ResponsesObject.EndEvent(finish, _writing.Output), Whole(hiwayJson));
    }

    /// <summary>The answer as it would have been without a stream.</summary>
    private ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> hiwayJson)
    {
        var whole = new ArrayBufferWriter<byte>(2048 + (int)Math.Min(ProducedBytes, int.MaxValue / 4));
        _response.WriteEnd(whole, _writing.Output, FinishOf(0), Usage, hiwayJson);
        return whole.WrittenSpan;
    }

    public override bool WriteFailure(string code, string message)
    {
        _writing.Begin();
        _events.Error(code, message, null);
        var broken = new ArrayBufferWriter<byte>(2048);
        _response.WriteFailed(broken, _writing.Output, ResponsesFailure.ErrorCode(code), message);
        _events.Response("response.failed"u8, broken.WrittenSpan);
        return true;
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
