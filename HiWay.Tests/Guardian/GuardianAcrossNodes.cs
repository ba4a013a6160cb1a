using System.Net;
using HiWay.Domain.Guardian;
using HiWay.Infrastructure.Guardian;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Guardian;

/// <summary>A load balancer spreads what an agent does over the nodes; its repeats and loops are counted together all the same.</summary>
public sealed class GuardianAcrossNodes
{
    private const int Minute = 60_000;

    [Fact]
    public async Task TwoNodes_CountARepeatedPromptTogether()
    {
        await using var upstream = await ReplayUpstream.StartAsync();
        upstream.On("chat/completions", Reply.Chat("Hello!"));
        await using var database = await TestDatabase.CreateAsync();
        (string, string)[] settings = [("Vault:MasterKey", "1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), ("Guardian:Rules:dedup:Enabled", "true"), ("Guardian:Rules:dedup:Params:window_seconds", "600")];
        await using var one = await HiWayHost.StartAsync(database, null, settings);
        await using var two = await HiWayHost.StartAsync(database, null, settings);
        var account = await one.Http.SignUpAsync();
        await one.Http.PutProviderAsync(account, "acme", upstream.Url, "openai", ["m1"]);
        var key = await one.Http.CreateKeyAsync(account);
        var (here, there) = (one.Get<KeyWatches>(), two.Get<KeyWatches>());
        await GuardianWorld.UntilAsync(() => Task.FromResult(here.InCompany && there.InCompany && two.Get<HiWay.Infrastructure.Snapshots.ISnapshots>().Workspace(account.WorkspaceId) is not null));

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await one.Http.ChatAsync(key.Secret, "Is it ready?", "acme/m1")).Status);
        }

        await GuardianWorld.UntilAsync(() => Task.FromResult(there.Of(account.WorkspaceId, key.Id).Heard >= 3));
        var fourth = await two.Http.ChatAsync(key.Secret, "Is it ready?", "acme/m1");
        Assert.Equal((HttpStatusCode.TooManyRequests, "guardian_block", "dedup"), (fourth.Status, fourth.ErrorCode, (string?)fourth.Json["error"]!["rule"]));
        Assert.Equal(HttpStatusCode.OK, (await two.Http.ChatAsync(key.Secret, "Is the other one ready?", "acme/m1")).Status);
    }

    [Fact]
    public void LoopOfOneStepInTwoMinutes_OverThreeNodes_IsFoundAfterHalfAnHour_AndByNoNodeAlone()
    {
        Assert.Equal(30, LoopMinutes(told: true));
        Assert.Null(LoopMinutes(told: false));
    }

    [Fact]
    public void ThrottledKey_GetsOneCallASecond_ThroughAllNodesTogether()
    {
        var settings = On(GuardianRule.Dedup, GuardianAction.Throttle);
        var nodes = Nodes();
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(Judge(nodes[0], settings, 1_000));
        }

        Tell(nodes, settings);
        Assert.False(Judge(nodes[1], settings, 2_100)!.Value.Stops);
        Tell(nodes, settings);
        Assert.True(Judge(nodes[2], settings, 2_400)!.Value.Stops);
        Assert.False(Judge(nodes[2], settings, 3_150)!.Value.Stops);
    }

    [Fact]
    public void WhatIsTold_ComesOverWhole_InTextsThatPostgresTakes()
    {
        var print = Print("the file is not there so I will look for it again in the same folder");
        var keys = Enumerable.Range(0, 40).Select(i => ($"ws_{i}", i == 3 ? null : $"key_{i}", new KeyNews(
            [.. Enumerable.Range(0, i == 7 ? 1_000 : i % 3).Select(n => new PromptSeen((ulong)(i * 10_000 + n), 5_000 - n))],
            [.. Enumerable.Range(0, i % 5).Select(n => new StepSeen(print, print, 5_000 - n))],
            i % 2 == 0 ? 4_990 : null))).ToList();

        var texts = GuardianWire.Write("node_1", keys!, 5_000).ToList();

        Assert.All(texts, text => Assert.InRange(text.Length, 1, 7_999));
        Assert.All(texts, text => Assert.Empty(GuardianWire.Read(text, "node_1", 5_000)));
        var read = texts.SelectMany(text => GuardianWire.Read(text, "node_2", 105_000)).GroupBy(one => (one.WorkspaceId, one.KeyId)).ToDictionary(one => one.Key, one => one.Select(part => part.News).ToList());
        foreach (var (workspace, key, news) in keys)
        {
            var heard = read[(workspace, key)];
            Assert.Equal(news.Prompts.Select(one => one with { AtMs = one.AtMs + 100_000 }), heard.SelectMany(part => part.Prompts));
            Assert.Equal(news.Steps.Select(one => one.AtMs + 100_000), heard.SelectMany(part => part.Steps).Select(one => one.AtMs));
            Assert.All(heard.SelectMany(part => part.Steps), one => Assert.Equal(1, TextPrint.Similarity(one.Answer, print)));
            Assert.Equal(news.AdmittedMs + 100_000, heard.Max(part => part.AdmittedMs));
        }
    }

    [Fact]
    public void NodeAlone_TellsNothing()
    {
        var watch = new KeyWatch("ws_1", "key_1", 0);
        Judge(watch, On(GuardianRule.Dedup, GuardianAction.Block), 1_000);

        Assert.Null(watch.TakeNews());
    }

    private static int? LoopMinutes(bool told)
    {
        var settings = On(GuardianRule.ZombieAgent, GuardianAction.Suspend);
        var nodes = Nodes();
        var (prompt, answer) = (Print("ls cannot access the report file no such file or directory here"), Print("the file is not there so I will look for it again in the same folder"));
        for (var step = 0; step < 120; step++)
        {
            var now = step * 2L * Minute;
            if (nodes[step % nodes.Length].Answered(prompt, answer, settings, now) is not null)
            {
                return step * 2;
            }

            if (told)
            {
                Tell(nodes, settings);
            }
        }

        return null;
    }

    private static KeyWatch[] Nodes() => [.. Enumerable.Range(0, 3).Select(_ => new KeyWatch("ws_1", "key_1", 0) { InCompany = true })];

    private static void Tell(KeyWatch[] nodes, GuardianSettings settings)
    {
        foreach (var from in nodes)
        {
            if (from.TakeNews() is { } news)
            {
                foreach (var to in nodes.Where(node => node != from))
                {
                    to.Hear(news, settings);
                }
            }
        }
    }

    private static GuardianHit? Judge(KeyWatch watch, GuardianSettings settings, long nowMs)
    {
        List<GuardianHit>? hits = null;
        watch.Judge(17, settings, nowMs, ref hits);
        return hits?[^1];
    }

    private static GuardianSettings On(GuardianRule rule, GuardianAction action) =>
        GuardianSettings.Default.With(rule, GuardianSettings.Default[rule] with { Enabled = true, Action = action });

    private static TextPrint Print(string text)
    {
        var printer = new TextPrinter();
        printer.Add(System.Text.Encoding.UTF8.GetBytes(text));
        Assert.True(printer.TryEnd(out var print));
        return print;
    }
}
