using HiWay.Domain.Metering;
using HiWay.Domain.Pricing;
using HiWay.Infrastructure.Metering.Journal;
using HiWay.Infrastructure.Metering.Traces;

namespace HiWay.Tests.Metering;

public sealed class TracesOfTheLog
{
    private static readonly DateTimeOffset At = new(2026, 11, 28, 13, 0, 0, TimeSpan.Zero);

    private const string GoldenTrace =
        "01020A736565640A011D04092500110C6C6967687454173DF0FF6219510002086D2F31046D0E637265645F31900300000000" +
        "000000648940010000000000646940E012000000AA010000000000000000000000060000000000270600000000000000";

    [Fact]
    public void WhatWasWritten_IsRead()
    {
        var fees = new UnitUsage { Images = 2, WebSearches = 3, Requests = 1, StatedFeeUsd = 0.0250m };
        var usage = SomeUsage.Chat(At) with
        {
            Dropped = ["seed", "", "größe"],
            Stages = [.. TraceWords.All.ToArray().Select((word, i) => new StageRecord(word, $"not a word {i}", i)), new("not a word", "Whole", long.MaxValue), new("", "", 0)],
            Attempts =
            [
                new("openai/gpt-4o", "openai", null, null, "timeout", "No answer after 30 s.", 30_000.125, null, default, 0m, false),
                new("mistral/large", "mistral", "cred_1", 200, null, null, 812.5, 203.125, new() { Input = 1, CacheRead = 2, CacheWrite5m = 3, CacheWrite1h = 4, Output = 5, Reasoning = 6, AudioInput = 7, AudioOutput = 8, ImageInput = 9, ImageOutput = 10, Units = fees }, 0.0015750m, true),
            ],
        };

        var read = Read(Written(usage));

        Assert.Equal(usage.Dropped, read.Dropped);
        Assert.Equal(usage.Stages, read.Stages);
        Assert.Equal(usage.Attempts, read.Attempts);
        Assert.Equal("openai/gpt-4o", read.FirstModel);
    }

    [Fact]
    public void CallThatReachedNoModel_HasNoFirstOne() =>
        Assert.Null(Read(Written(SomeUsage.Chat(At) with { Attempts = [], Stages = [] })).FirstModel);

    [Fact]
    public void WordsOfTheUsualTrace_TakeAByteOrTwo()
    {
        StageRecord[] usual =
        [
            new("authenticate", "key", 1), new("read_body", "2.2 KB", 5), new("guardian", "nothing", 0), new("guard", "within limits", 0), new("shield", "monitor", 2), new("mask", "off", 0),
            new("judge_budget", "no cap", 0), new("choose_chain", "bench/m1", 0), new("guard_free", "no free model", 0), new("reserve", "no cap", 0), new("dispatch", "answered", 9), new("deliver", "whole", 0),
        ];
        var without = Written(SomeUsage.Chat(At) with { Stages = [] }).Length;

        Assert.InRange(Written(SomeUsage.Chat(At) with { Stages = usual }).Length - without, 12 * 3, 12 * 5);
    }

    /// <summary>The bytes of the first version, as rows have them: no later program may read another trace from them.</summary>
    [Fact]
    public void RowOfTheFirstVersion_StaysReadable()
    {
        var read = Read(Convert.FromHexString(GoldenTrace));

        Assert.Equal(["seed"], read.Dropped);
        Assert.Equal(
            [new("authenticate", "key", 2), new("guard", "within limits", 0), new("choose_chain", "light", 42), new("dispatch", "answered", 811_000), new("deliver", "the upstream broke off", 0)],
            read.Stages);
        Assert.Equal([new("m/1", "m", "cred_1", 200, null, null, 812.5, 203.125, new() { Input = 1200, Output = 85 }, 0.001575m, false)], read.Attempts);
    }

    [Theory]
    [InlineData("02")]             // a later version
    [InlineData("010002CF0F0200")] // word 999
    [InlineData("01000200")]       // a stage without a name
    public void WhatThisProgramDoesNotKnow_IsRefused(string hex) =>
        Assert.Throws<InvalidDataException>(() => Read(Convert.FromHexString(hex)));

    [Fact]
    public void RowsFromBefore_AreReadFromTheirJson()
    {
        var read = TraceJson.Read(
            """["seed"]""",
            """[{"stage":"authenticate","verdict":"key","micros":2},["deliver","whole",0]]""",
            """[{"model":"m/1","provider":"m","status":200,"latency_ms":2.5,"usage":{"input":480,"output":120,"images":1},"cost_usd":0.000144,"unpriced":false}]""");

        Assert.Equal(["seed"], read.Dropped);
        Assert.Equal([new("authenticate", "key", 2), new("deliver", "whole", 0)], read.Stages);
        Assert.Equal([new("m/1", "m", null, 200, null, null, 2.5, null, new() { Input = 480, Output = 120, Units = new() { Images = 1 } }, 0.000144m, false)], read.Attempts);
    }

    private static byte[] Written(UsageEvent usage)
    {
        var to = new RecordWriter();
        TraceCodec.Write(to, usage);
        return to.Written.ToArray();
    }

    private static CallTrace Read(byte[] trace) => TraceCodec.Read(trace, new StringPool());
}
