using HiWay.Domain.Routing;

namespace HiWay.Tests.Routing;

public sealed class AnalyzerTests
{
    [Fact]
    public void SevenAnalyzers_AreNamedAndOrdered() =>
        Assert.Equal(["intent", "complexity", "tools", "system_prompt", "code", "domain", "conversation"], Router.AnalyzerNames);

    [Theory]
    [InlineData("intent", "Thanks!", "Why does ice float on water?")]
    [InlineData("complexity", "Name a fish.", "Name a fish that must live in cold water, at least 20 cm long, exactly one, without using the words cod or tuna: 1. name 2. size = a + b")]
    [InlineData("code", "Name a fish.", "for (var i = 0; i < n; i++) { total += fish[i].size(); count = count + 1; }")]
    [InlineData("domain", "Name a fish.", "The patient shows symptoms of a liver disease.")]
    public void Analyzer_ReadsTheHarderTextHigher(string analyzer, string easy, string hard)
    {
        var (low, high) = (Read(Prompt.User(easy), analyzer), Read(Prompt.User(hard), analyzer));
        Assert.True(low.Score < high.Score, $"{low.Score} ({low.Reason}) < {high.Score} ({high.Reason})");
        Assert.NotEqual(low.Reason, high.Reason);
    }

    [Fact]
    public void Tools_CountMoreInTheMiddleOfARun()
    {
        var none = Read(Prompt.User("Book it."), "tools");
        var some = Read(new Prompt { Tools = 3 }.Add(PromptRole.User, "Book it."), "tools");
        var running = Read(new Prompt { Tools = 3, ToolHistory = true }.Add(PromptRole.User, "Book it."), "tools");
        Assert.Equal(0, none.Score);
        Assert.True(some.Score < running.Score);
        Assert.Equal("in the middle of a tool run", running.Reason);
    }

    [Fact]
    public void SystemPrompt_OfAnAgentReadsHigherThanAPlainOne()
    {
        var plain = Read(new Prompt().Add(PromptRole.System, "You are a helpful assistant.").Add(PromptRole.User, "Hi"), "system_prompt");
        var agent = Read(
            new Prompt().Add(PromptRole.System, "You are an agent. Use the tools. You must think step by step, compare the options, and must not stop before the workflow is done.")
                .Add(PromptRole.User, "Hi"), "system_prompt");
        Assert.True(plain.Score < agent.Score);
        Assert.Equal("sets an agent to work", agent.Reason);
    }

    [Fact]
    public void Conversation_RemembersTheTaskThatAShortReplyContinues()
    {
        var chat = Read(new Prompt().Add(PromptRole.User, "I like tea.").Add(PromptRole.Assistant, "Me too.").Add(PromptRole.User, "Go on."), "conversation");
        var task = Read(new Prompt().Add(PromptRole.User, "Implement a compiler for Lisp.").Add(PromptRole.Assistant, "Sure.").Add(PromptRole.User, "Go on."), "conversation");
        Assert.True(chat.Score < task.Score);
        Assert.Equal("goes on with a demanding task", task.Reason);
    }

    [Fact]
    public void Conversation_CountsTheTaskMoreTheLessTheLastMessageSays()
    {
        var bare = Read(Task().Add(PromptRole.User, "Yes, go on."), "conversation");
        var full = Read(Task().Add(PromptRole.User, "Thanks. Now name a fish that starts with an A."), "conversation");
        Assert.True(full.Score < bare.Score, $"{full.Score} < {bare.Score}");
        Assert.Equal(full.Reason, bare.Reason);

        static Prompt Task() => new Prompt().Add(PromptRole.User, "Implement a compiler for Lisp.").Add(PromptRole.Assistant, "Sure.");
    }

    [Theory]
    [InlineData("Привет!", "Докажите, что корень из двух не рационален.")]
    [InlineData("Buongiorno!", "Dimostra che la radice di due non sta tra le frazioni.")]
    [InlineData("Merhaba!", "Kare kökün kesir olmadığını kanıtla.")]
    [InlineData("Cześć!", "Udowodnij, że pierwiastek z dwóch nie jest ułamkiem.")]
    [InlineData("Goedemorgen!", "Bewijs dat de wortel van twee geen breuk is.")]
    [InlineData("مرحبا", "برهن أن جذر اثنين ليس كسرا")]
    [InlineData("안녕", "제곱근 2가 분수가 아님을 증명해 줘")]
    [InlineData("नमस्ते", "सिद्ध कीजिए कि दो का वर्गमूल भिन्न नहीं है")]
    public void Intent_KnowsAGreetingFromAProofInItsLanguage(string greeting, string proof)
    {
        var (low, high) = (Read(Prompt.User(greeting), "intent"), Read(Prompt.User(proof), "intent"));
        Assert.True(low.Score < high.Score, $"{low.Score} ({low.Reason}) < {high.Score} ({high.Reason})");
        Assert.Equal((Read(Prompt.User("Hello!"), "intent").Reason, Read(Prompt.User("Prove it."), "intent").Reason), (low.Reason, high.Reason));
    }

    [Theory]
    [InlineData("докажите, что ряд сходится", "ДОКАЖИТЕ, ЧТО РЯД СХОДИТСЯ")]
    [InlineData("объясни, почему лёд плавает", "Объясни, почему лёд плавает")]
    public void RussianCapitals_ReadAsSmallLetters(string small, string capital) =>
        Assert.Equal(Read(Prompt.User(small), "intent"), Read(Prompt.User(capital), "intent"));

    [Fact]
    public void Weights_OfTheWorkspaceReplaceTheDefaults()
    {
        var prompt = Prompt.User("Implement a thread safe cache and explain step by step why it is correct.");
        var muted = prompt.Decide(new() { Weights = new Dictionary<string, double> { ["intent"] = 0 } });
        Assert.Equal(0, muted.Score.Analyzers.Single(a => a.Name == "intent").Contribution);
        Assert.True(muted.Score.Score < prompt.Decide().Score.Score);
    }

    [Fact]
    public void Escapes_AreOpenedBeforeReading()
    {
        var plain = new Prompt().AddRaw(PromptRole.User, "Prove it. Démontre 证明").Decide();
        var escaped = new Prompt { PromptTokens = 6 }.AddRaw(PromptRole.User, @"\u0050rove\u0020it. D\u00e9montre \u8bc1\u660e").Decide();
        Assert.Equal(plain.Score.Score, escaped.Score.Score);
        Assert.Equal(plain.Score.Analyzers[0].Reason, escaped.Score.Analyzers[0].Reason);
    }

    [Theory]
    [InlineData(@"\")]
    [InlineData(@"\u12")]
    [InlineData(@"\ud83d")]
    [InlineData(@"\ud83d\ude00 ok \udc00")]
    public void BrokenEscapes_AreNoDanger(string json) => Assert.InRange(new Prompt().AddRaw(PromptRole.User, json).Decide().Score.Score, 0, 1);

    [Fact]
    public void ALongText_IsReadAtItsBeginningAndItsEnd()
    {
        var filler = string.Concat(Enumerable.Repeat("the cat sat on the mat and the dog lay by the door. ", 400));
        var end = Prompt.User(filler + "Prove this step by step. Implement it. Debug it.").Decide();
        var middle = Prompt.User(filler + "Prove this step by step. Implement it. Debug it." + filler).Decide();
        Assert.NotEqual("an open request", Intent(end));
        Assert.Equal("an open request", Intent(middle));
    }

    [Fact]
    public void ATextWithoutASingleSpace_IsCutWithoutHarm() =>
        Assert.InRange(new Prompt().AddRaw(PromptRole.User, string.Concat(Enumerable.Repeat(@"\n\u00e9", 5_000))).Decide().Score.Score, 0, 1);

    [Fact]
    public void AnEmptyPrompt_HasADecisionToo() => Assert.InRange(new Prompt().Decide().Score.Score, 0, 1);

    private static AnalyzerReading Read(Prompt prompt, string analyzer) => prompt.Decide().Score.Analyzers.Single(a => a.Name == analyzer);

    private static string Intent(RouteDecision decision) => decision.Score.Analyzers[0].Reason;
}
