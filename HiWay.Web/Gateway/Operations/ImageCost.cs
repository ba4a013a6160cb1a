using HiWay.Domain.Catalogue;
using HiWay.Domain.Pricing;

namespace HiWay.Web.Gateway.Operations;

/// <summary>The most that pictures can cost before they are made.</summary>
internal static class ImageCost
{
    /// <summary>Tokens of one unfinished picture of a stream (platform.openai.com/docs/guides/image-generation).</summary>
    private const int PartialImageTokens = 100;

    /// <summary>Text that newer models write beside a picture.</summary>
    private const int TextTokens = 1_000;

    /// <summary>A picture that goes in at high fidelity.</summary>
    private const int InputImageTokens = 6_500;

    /// <summary>A picture whose size and quality the model may choose: above the largest that a price list shows.</summary>
    private const int AnyImageTokens = 16_384;

    /// <param name="count">Pictures, where the request said how many; else as many as the API allows.</param>
    public static decimal WorstCaseUsd(ImageWishes wishes, int? count, int promptTokens, ModelEntry model, DateTimeOffset at)
    {
        var images = count ?? ImageWishes.MostImages;
        var listed = PriceRules.PriceAt(model.Prices, at, promptTokens);
        if (model.Units?.Image is { } each && listed?.ImageOutput is null)
        {
            return images * (HasListedPrice(wishes, model) ? each : PriceCeiling.ImageUsd);
        }

        if ((listed?.ImageOutput ?? listed?.Output) is not { } output)
        {
            return images * PriceCeiling.ImageUsd;
        }

        var price = listed! with { Input = listed.Input ?? PriceCeiling.Tokens.Input, Output = output };
        return PriceRules.CostOf(new TokenUsage
        {
            Input = promptTokens,
            ImageInput = (long)wishes.InputImages * InputImageTokens,
            Output = (long)images * TextTokens,
            ImageOutput = images * ((long)TokensOf(wishes) + (wishes.PartialImages * PartialImageTokens)),
        }, price).Usd;
    }

    /// <summary>
    /// Whether a price per picture is the price of this one. Lists have one, for the ordinary square, smaller ones are not dearer; of these makers larger and better ones cost more
    /// (platform.openai.com/docs/pricing, aws.amazon.com/bedrock/pricing). Who counts tokens is not meant.
    /// </summary>
    public static bool HasListedPrice(ImageWishes wishes, ModelEntry model)
    {
        var bySize = model.UpstreamModel.Contains("nova-canvas", StringComparison.Ordinal) || model.UpstreamModel.Contains("titan-image", StringComparison.Ordinal);
        var byQuality = model.UpstreamModel.Contains("dall-e", StringComparison.Ordinal);
        return !(bySize || byQuality)
            || (wishes.Size is null or "auto" or "1024x1024" or "512x512" or "256x256" && (!byQuality || wishes.Quality is null or "auto" or "standard"));
    }

    /// <summary>Tokens of one picture by the table of OpenAI's guide; the same for those who copied the API.</summary>
    private static int TokensOf(ImageWishes wishes)
    {
        var square = wishes.Size is "1024x1024" or "512x512" or "256x256";
        if (!square && wishes.Size is not ("1024x1536" or "1536x1024"))
        {
            return AnyImageTokens;
        }

        return wishes.Quality switch
        {
            "low" => square ? 272 : 408,
            "medium" => square ? 1_056 : 1_584,
            _ => square ? 4_160 : 6_240,
        };
    }
}
