using FsCheck;
using FsCheck.Fluent;
using HiWay.Domain.Catalogue;
using HiWay.Domain.Routing;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Routing;

public sealed class TierRulesTests
{
    [Theory]
    [InlineData("Hello, how are you?", Tier.Light)]
    [InlineData("What is the capital of Australia?", Tier.Light)]
    [InlineData("Translate to French: the weather is fine today.", Tier.Light)]
    [InlineData("Classify the sentiment of this review as positive or negative: I loved it.", Tier.UltraLight)]
    [InlineData("Extract the e-mail addresses from: write to ann@example.com or bob@example.com", Tier.UltraLight)]
    [InlineData("Extract all dates from: We met on 3 May and again on June 7th, 2021.", Tier.UltraLight)] // words that sound like work
    [InlineData("Clasifica el sentimiento de esta frase: me gusta mucho.", Tier.UltraLight)]
    [InlineData("Stimmung klassifizieren: Das Essen war kalt und der Kellner unfreundlich.", Tier.UltraLight)]
    [InlineData("Classifique o sentimento: o atendimento foi ruim.", Tier.UltraLight)]
    [InlineData("Bonjour, comment ça va ?", Tier.Light)]
    [InlineData("Hola, buenos días", Tier.Light)]
    [InlineData("Hallo, wie geht's?", Tier.Light)]
    [InlineData("Olá, tudo bem?", Tier.Light)]
    [InlineData("你好！", Tier.Light)]
    [InlineData("こんにちは！", Tier.Light)]
    [InlineData("Extrayez les mots-clés de cette phrase : le train part à midi.", Tier.UltraLight)]
    [InlineData("请对以下评论做情感分析：这家店很好。", Tier.UltraLight)]
    [InlineData("次の文からキーワードを抽出してください：東京は雨です。", Tier.UltraLight)]
    public void EasyRequests_GoToTheSmallTiers(string text, Tier tier) => Assert.Equal(tier, Prompt.User(text).Decide().Tier);

    [Theory]
    [InlineData("Write a legal analysis of the liability of a platform for its users' uploads, and compare two jurisdictions.")]
    [InlineData("Design a multi-region payment system with exactly-once semantics and explain the trade-offs in depth.")]
    [InlineData("Implement a thread safe LRU cache in Python with unit tests.")]
    [InlineData("Implémentez un cache LRU en Python, avec des tests, et expliquez étape par étape la complexité de l'algorithme.")]
    [InlineData("Beweise Schritt für Schritt, dass es unendlich viele Primzahlen gibt, und begründe jeden Schritt.")]
    [InlineData("Demuestra paso a paso que la raíz de 2 es irracional y explica el teorema usado en cada ecuación.")]
    [InlineData("Analise as vantagens e desvantagens de microservices e explique por que, passo a passo, com um exemplo de arquitetura.")]
    [InlineData("请一步一步证明这个定理，并分析算法的时间复杂度，比较两种实现的优缺点。")]
    [InlineData("このアルゴリズムを実装して、なぜ正しいのか段階的に証明し、二つの方法を比較してください。")]
    public void DemandingRequests_GoToStandardOrHigher_InSevenLanguages(string text) =>
        Assert.True(Prompt.User(text).Decide() is { Tier: Tier.Standard or Tier.Heavy } decision, $"{text}: {Prompt.User(text).Decide().Reason}");

    [Theory]
    [InlineData("Prove that every bounded sequence in R^n has a convergent subsequence, and discuss where completeness is used.")]
    [InlineData("Design a globally distributed, strongly consistent key-value store. Discuss consensus, sharding, failure modes and trade-offs.")]
    [InlineData("Implement a lock-free concurrent queue in C++ and explain the memory ordering of each atomic operation.")]
    [InlineData("请证明存在无穷多个素数，并推广该论证。")]
    public void ProofsAndSystemDesigns_GoToHeavy(string text) => Assert.Equal(Tier.Heavy, Prompt.User(text).Decide().Tier);

    [Fact]
    public void ABigBuild_GoesToHeavy() => Assert.Equal(Tier.Heavy, Prompt.User("""
        Design and implement a distributed rate limiter in Go. Requirements: it must work across at least 5 regions, must not lose more than 1% accuracy,
        and should not add more than 2 ms. Explain why you chose the algorithm, prove its error bound step by step, compare it with two alternatives
        (token bucket, sliding window) and analyse the trade-offs. Then write the code with unit tests:
        ```go
        type Limiter interface { Allow(key string, n int) bool; Close() error }
        func New(cfg Config) (Limiter, error) { return newLimiter(cfg), nil }
        ```
        1. Architecture with a data model. 2. Code. 3. Proof. 4. Migration plan. 5. Edge cases: clock skew, partitions, hot keys.
        """).Decide().Tier);

    [Fact]
    public void Tools_PushAnEasyRequestToStandard()
    {
        Assert.Equal(Tier.Light, Prompt.User("What is the capital of Australia?").Decide().Tier);
        var decision = new Prompt { Tools = 1 }.Add(PromptRole.User, "What is the capital of Australia?").Decide(RoutingSettings.Default with { Margin = 0 });
        Assert.Equal(Tier.Standard, decision.Tier);
        Assert.Contains("tools", decision.Reason);
    }

    // Each line breaks one condition of the gate; the sentence alone passes it.
    [Theory]
    [InlineData("history")]
    [InlineData("image")]
    [InlineData("reasoning effort")]
    [InlineData("too many characters")]
    [InlineData("too many tokens")]
    [InlineData("reasoning cue")]
    [InlineData("code")]
    [InlineData("another task")]
    [InlineData("switched off")]
    public void UltraLightGate_ClosesOnEachOfItsConditions(string breach)
    {
        const string sentence = "Classify the sentiment: I liked it.";
        Assert.Equal(Tier.UltraLight, Prompt.User(sentence).Decide().Tier);
        var decision = breach switch
        {
            "history" => new Prompt().Add(PromptRole.User, "Hi").Add(PromptRole.Assistant, "Hello").Add(PromptRole.User, sentence).Decide(),
            "image" => new Prompt { Images = 1 }.Add(PromptRole.User, sentence).Decide(),
            "reasoning effort" => new Prompt { Reasoning = true }.Add(PromptRole.User, sentence).Decide(),
            "too many characters" => Prompt.User(sentence + new string('x', 601)).Decide(),
            "too many tokens" => new Prompt { PromptTokens = 501 }.Add(PromptRole.User, sentence).Decide(),
            "reasoning cue" => Prompt.User(sentence + " Explain why.").Decide(),
            "code" => Prompt.User(sentence + " ```x```").Decide(),
            "another task" => Prompt.User("Tell me a joke about cats.").Decide(),
            "switched off" => Prompt.User(sentence).Decide(new() { UltraLight = false }),
            _ => throw new ArgumentOutOfRangeException(nameof(breach)),
        };
        Assert.NotEqual(Tier.UltraLight, decision.Tier);
    }

    [Fact]
    public void GateLimits_AreInclusive()
    {
        const string sentence = "Classify the sentiment: ";
        var letters = sentence.Count(c => c != ' ');
        Assert.Equal(Tier.UltraLight, new Prompt { PromptTokens = 500 }.Add(PromptRole.User, sentence + new string('x', 600 - letters)).Decide().Tier);
        Assert.Equal(Tier.Light, new Prompt { PromptTokens = 500 }.Add(PromptRole.User, sentence + new string('x', 601 - letters)).Decide().Tier);
    }

    [Fact]
    public void AScoreJustBelowACut_IsBumpedUp_AndSaysSo()
    {
        var prompt = Prompt.User("Why is the sky blue at noon?");
        var score = prompt.Decide().Score.Score;
        var bumped = prompt.Decide(new() { LightBelow = score + 0.01, Margin = 0.02 });
        Assert.Equal((Tier.Standard, true), (bumped.Tier, bumped.Bumped));
        Assert.Contains("within 0.02 below", bumped.Reason);
        Assert.Equal(Tier.Light, prompt.Decide(new() { LightBelow = score + 0.03, Margin = 0.02 }).Tier);
        Assert.Equal(Tier.Standard, prompt.Decide(new() { LightBelow = score, Margin = 0 }).Tier); // the cut itself belongs to standard
    }

    [Fact]
    public void Property_TheMarginOnlyEverBumpsUp() =>
        Prop.ForAll(Texts(), Gen.Choose(0, 30).ToArbitrary(), (text, percent) =>
        {
            var without = Prompt.User(text).Decide(new() { Margin = 0 });
            var with = Prompt.User(text).Decide(new() { Margin = percent / 100.0 });
            return with.Tier >= without.Tier && with.Score.Score == without.Score.Score;
        }).Hold();

    [Fact]
    public void Property_TheSameRequestGetsTheSameDecision() =>
        Prop.ForAll(Texts(), text =>
        {
            var (a, b) = (Prompt.User(text).Decide(), Prompt.User(text).Decide());
            return a.Tier == b.Tier && a.Reason == b.Reason && a.Score.Score == b.Score.Score && a.Score.Analyzers.SequenceEqual(b.Score.Analyzers);
        }).Hold();

    [Fact]
    public void Property_AnyTextIsScoredBetweenZeroAndOne_AndContributionsAddUp() =>
        Prop.ForAll(Texts(), text =>
        {
            var score = Prompt.User(text).Decide().Score;
            return score.Score is >= 0 and <= 1 && score.Analyzers.All(a => a.Score is >= 0 and <= 1 && a.Reason.Length > 0)
                && Math.Abs(score.Base + score.Analyzers.Sum(a => a.Contribution) - score.Score) < 0.0001;
        }).Hold();

    /// <summary>Strings of cue words, code, signs and whatever FsCheck makes up.</summary>
    internal static Arbitrary<string> Texts()
    {
        var pieces = new[]
        {
            "prove", "step by step", "implement", "why", "classify", "```", "{ x = 1; }", "must", "at least", "证明", "なぜ", "é", "😀", "\\", "\n1. ", "\"", "$x^2$", "what is", " ", "42", "\ud800",
        };
        return Gen.OneOf(
            ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""),
            Gen.Elements(pieces).ArrayOf().Select(words => string.Join(' ', words)),
            Gen.Elements(pieces).ArrayOf(400).Select(words => string.Join(' ', words))).ToArbitrary();
    }
}
