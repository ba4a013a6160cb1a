using System.Text;
using HiWay.Domain.Guardian;
using HiWay.Domain.Guardian.Rules;

namespace HiWay.Tests.Guardian;

public sealed class LoopWindowTests
{
    private const string Answer = "I was not able to open the file because it does not exist. I will try to open the file again now, attempt number {0}.";
    private const string Prompt = "The tool answered: no such file or directory (try {0}). What do you want to do next?";
    private static readonly ZombieAgentLimits s_default = new(ZombieAgentRule.Info.Defaults);
    private static readonly string[] s_subjects = ["harbour", "violin", "granite", "customs", "orchard", "turbine", "ledger", "meadow", "paprika", "asteroid"];
    private readonly LoopWindow _window = new();

    [Fact]
    public void ThirtyMinutesOfTheSameStep_AreALoop_AndNotAMinuteLess()
    {
        var found = Enumerable.Range(0, 60).Select(i => (Second: i * 40, Hit: Add(Format(Prompt, i), Format(Answer, i), i * 40))).First(one => one.Hit is not null);

        Assert.Equal(1_800, found.Second);
        Assert.Equal((GuardianAction.Suspend, false), (found.Hit!.Value.Action, found.Hit.Value.Stops));
    }

    [Fact]
    public void GoingRoundInThreeSteps_IsALoopToo()
    {
        string[] answers = [Answer, "The build has failed again with the same compiler error, so let me look at the log file once more {0}", "Let me now run the whole test suite from the beginning, as I did before, to see what it says {0}"];

        Assert.Contains(Enumerable.Range(0, 200), i => Add(Format(Prompt, i % 3) + answers[i % 3], Format(answers[i % 3], i), i * 15) is not null);
    }

    [Fact]
    public void TheSameAnswerToDifferentQuestions_IsWork()
    {
        var random = new Random(3);

        Assert.All(Enumerable.Range(0, 500), i => Assert.Null(Add(Sentence(random), Answer, i * 20)));
    }

    [Fact]
    public void DifferentAnswers_AreWork()
    {
        var random = new Random(4);

        Assert.All(Enumerable.Range(0, 500), i => Assert.Null(Add(Prompt, Sentence(random), i * 20)));
    }

    [Fact]
    public void ManyPeopleWhoSayHello_AreNoLoop()
    {
        var random = new Random(5);
        for (var i = 0; i < 2_000; i++)
        {
            var hello = i % 6 == 0;
            Assert.Null(Add(hello ? "hello there" : Sentence(random), hello ? "Hello! How can I help you with your order today?" : Sentence(random), i * 2));
        }
    }

    [Fact]
    public void APauseLongerThanTheGap_EndsALoop()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(Add(Prompt, Answer, (i * 60) + (i / 25 * 400)));
        }
    }

    [Fact]
    public void ALoopThatWasFound_GoesOnUntilTheKeyIsSilent()
    {
        var blocks = new ZombieAgentLimits(ZombieAgentRule.Info.Defaults with { Action = GuardianAction.Block });
        for (var i = 0; i <= 45; i++)
        {
            _window.Add(Print(Prompt), Print(Answer), blocks, i * 40_000);
        }

        Assert.True(_window.Judge(blocks, 1_801_000)!.Value.Stops);
        Assert.Null(_window.Judge(blocks, 1_800_000 + 300_000));
    }

    [Theory]
    [InlineData("The invoice 4711 of 3 May has been paid in full by the customer.", "the invoice 12 of 28 May has been paid in full by the customer.", 0.95, 1)]
    [InlineData("I could not reach the server, so I will wait for ten seconds and then try it once more.", "I could not reach the server, so I will wait for five seconds and then try it once more.", 0.6, 0.97)]
    [InlineData("I could not reach the server, so I will wait for ten seconds and then try it once more.", "Here is a recipe for a soup of leeks and potatoes that serves four people well.", 0, 0.2)]
    [InlineData("今日はとても良い天気ですね。散歩に行きましょう。", "今日はとても良い天気ですね。散歩に行きましょう。", 1, 1)]
    public void Similarity_IsTheShareOfWordPairs(string one, string other, double least, double most) =>
        Assert.InRange(TextPrint.Similarity(Print(one), Print(other)), least, most);

    [Fact]
    public void APrint_DoesNotDependOnHowItsTextWasCut()
    {
        var text = Encoding.UTF8.GetBytes("""He said \"no\", and then: caf\u00e9 \n 42 times, ütf-8 日本語 and the rest of it.""");
        var whole = Print(text, text.Length);

        Assert.All(Enumerable.Range(1, 20), size => Assert.Equal(1, TextPrint.Similarity(whole, Print(text, size))));
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("{\"label\": \"positive\"}")]
    public void AShortAnswer_IsNotCompared(string text)
    {
        var printer = new TextPrinter();
        printer.Add(Encoding.UTF8.GetBytes(text));

        Assert.False(printer.TryEnd(out _));
    }

    private GuardianHit? Add(string prompt, string answer, int second) => _window.Add(Print(prompt), Print(answer), s_default, second * 1_000L);

    private static string Sentence(Random random) => string.Join(' ', Enumerable.Range(0, 25).Select(_ => s_subjects[random.Next(s_subjects.Length)]));

    private static string Format(string text, int number) => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, number);

    private static TextPrint Print(string text) => Print(Encoding.UTF8.GetBytes(text), int.MaxValue);

    private static TextPrint Print(byte[] text, int pieces)
    {
        var printer = new TextPrinter();
        foreach (var piece in text.Chunk(Math.Min(pieces, text.Length)))
        {
            printer.Add(piece);
        }

        printer.TryEnd(out var print);
        return print;
    }
}
