using HiWay.Infrastructure.Dialects;
using HiWay.Infrastructure.Dialects.Inner;

namespace HiWay.Tests.Dialects;

/// <summary>A body may hold a hundred thousand calls, and mending them must not take longer than reading them.</summary>
public sealed class ToolHistorySizeTests
{
    private const int Many = 100_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CallsThatAllHaveOneId_GetOneEach_AndTheirResultsBehindThem(bool inOneTurn)
    {
        var call = new ToolCallPart("x", "f", "{}");
        List<ChatMessage> messages = [new(ChatRole.User, [new TextPart("Go")])];
        messages.AddRange(inOneTurn ? [new(ChatRole.Assistant, [.. Enumerable.Repeat(call, Many)])] : Enumerable.Repeat(new ChatMessage(ChatRole.Assistant, [call]), Many));
        messages.AddRange(Enumerable.Range(0, Many).Select(i => new ChatMessage(ChatRole.Tool, [new ToolResultPart("x", [new TextPart($"{i}")])])));
        messages.AddRange(Enumerable.Repeat(new ChatMessage(ChatRole.Tool, [new ToolResultPart("y", [])]), Many));

        var fit = ToolHistory.Fit(new ChatRequest { Messages = messages });

        var ids = fit.Messages.SelectMany(message => message.Parts).OfType<ToolCallPart>().Select(part => part.Id).ToList();
        var results = fit.Messages.SelectMany(message => message.Parts).OfType<ToolResultPart>().ToList();
        Assert.Equal(Many, ids.Distinct().Count());
        Assert.Equal(ids, results.Select(result => result.CallId));
        Assert.Equal(Enumerable.Range(0, Many).Select(i => $"{i}"), results.Select(result => ((TextPart)result.Parts[0]).Text));
        Assert.Equal(Many + 1, fit.Messages.Count(message => message.Role is ChatRole.User));
    }
}
