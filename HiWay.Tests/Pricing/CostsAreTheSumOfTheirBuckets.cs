using HiWay.Domain.Pricing;

namespace HiWay.Tests.Pricing;

public sealed class CostsAreTheSumOfTheirBuckets
{
    private static readonly (Func<long, TokenUsage> Use, Func<TokenPrice, decimal> Price)[] Buckets =
    [
        (n => new() { Input = n }, price => price.Input!.Value),
        (n => new() { CacheRead = n }, price => price.CacheRead ?? price.Input!.Value),
        (n => new() { CacheWrite5m = n }, price => price.CacheWrite5m ?? price.Input!.Value),
        (n => new() { CacheWrite1h = n }, price => price.CacheWrite1h ?? price.CacheWrite5m ?? price.Input!.Value),
        (n => new() { AudioInput = n }, price => price.AudioInput ?? price.Input!.Value),
        (n => new() { ImageInput = n }, price => price.ImageInput ?? price.Input!.Value),
        (n => new() { Output = n }, price => price.Output!.Value),
        (n => new() { Reasoning = n }, price => price.Reasoning ?? price.Output!.Value),
        (n => new() { AudioOutput = n }, price => price.AudioOutput ?? price.Output!.Value),
        (n => new() { ImageOutput = n }, price => price.ImageOutput ?? price.Output!.Value),
    ];

    [Fact]
    public void AnyUsage_AtAnyPrice_EveryTokenIsPaidOnceAtItsOwnPrice()
    {
        var random = new Random(11);
        for (var i = 0; i < 1_000; i++)
        {
            var price = SomePrice(random);
            var whole = default(TokenUsage);
            var expected = 0m;
            foreach (var (use, priceOf) in Buckets)
            {
                var tokens = random.Next(4) == 0 ? 0 : random.NextInt64(2_000_000);
                whole += use(tokens);
                expected += tokens * priceOf(price) / 1_000_000m;
            }

            Assert.Equal(new Cost(expected, false), PriceRules.CostOf(whole, price));
        }
    }

    [Fact]
    public void StreamedInPieces_CostsWhatTheWholeCosts_ToTheLastDigit()
    {
        var random = new Random(12);
        for (var i = 0; i < 1_000; i++)
        {
            var price = SomePrice(random);
            var (whole, pieces) = (default(TokenUsage), default(Cost));
            for (var chunk = random.Next(1, 20); chunk > 0; chunk--)
            {
                var piece = new TokenUsage { Input = random.Next(500), CacheRead = random.Next(500), Output = random.Next(90), Reasoning = random.Next(90) };
                whole += piece;
                pieces += PriceRules.CostOf(piece, price);
            }

            Assert.Equal(PriceRules.CostOf(whole, price), pieces);
        }
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(0, 1, true)]
    public void WithoutAnyPrice_UseIsUnpriced_NeverFree(long input, long output, bool unpriced) =>
        Assert.Equal(new Cost(0m, unpriced), PriceRules.CostOf(new() { Input = input, Output = output }, null));

    [Fact]
    public void OneBucketWithoutAPrice_FlagsTheCost_AndTheOthersAreStillPaid()
    {
        var cost = PriceRules.CostOf(new() { Input = 1_000_000, Output = 1 }, new TokenPrice { Input = 3m });

        Assert.Equal(new Cost(3m, true), cost);
    }

    [Theory]
    [InlineData("2025-12-31T23:59:59Z", 10, "1")]
    [InlineData("2026-01-01T00:00:00Z", 10, "2")]
    [InlineData("2026-01-01T00:00:00Z", 200_000, "2")]
    [InlineData("2026-01-01T00:00:00Z", 200_001, "4")]
    [InlineData("2025-06-01T00:00:00Z", 200_001, "1")]
    public void PriceIsTheOneOfItsTime_AndOfItsLength(string at, long promptTokens, string input)
    {
        var year = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        DatedPrice[] prices = [new(year, 200_000, new() { Input = 4m }), new(null, 0, new() { Input = 1m }), new(year, 0, new() { Input = 2m })];

        var price = PriceRules.PriceAt(prices, DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture), promptTokens);

        Assert.Equal(decimal.Parse(input, System.Globalization.CultureInfo.InvariantCulture), price!.Input);
    }

    private static TokenPrice SomePrice(Random random)
    {
        return new()
        {
            Input = Price(),
            Output = Price(),
            CacheRead = Maybe(),
            CacheWrite5m = Maybe(),
            CacheWrite1h = Maybe(),
            AudioInput = Maybe(),
            ImageInput = Maybe(),
            Reasoning = Maybe(),
            AudioOutput = Maybe(),
            ImageOutput = Maybe(),
        };

        decimal Price() => random.Next(1, 100_000) / 1_000m;
        decimal? Maybe() => random.Next(2) == 0 ? null : Price();
    }
}
