using HiWay.Domain.Routing.Learned;
using HiWay.Domain.Routing.Prompts;

namespace HiWay.RouterTrainer;

/// <summary>A prompt as the weights see it.</summary>
/// <param name="Texts">Keys of its words and runs, each once.</param>
/// <param name="Shapes">Keys of its properties.</param>
internal sealed record PromptFeatures(uint[] Texts, uint[] Shapes)
{
    internal static PromptFeatures Of(Row row)
    {
        var sink = new Collector();
        var signals = new PromptSignals();
        PromptReader.Read(row.Facts, ref signals, ref sink);
        return new([.. sink.Texts], [.. sink.Shapes]);
    }

    private readonly struct Collector() : IFeatureSink
    {
        internal List<uint> Shapes { get; } = [];

        internal HashSet<uint> Texts { get; } = [];

        public void Word(uint key, Share share) => Texts.Add(key);

        public void Run(uint key, Share share) => Texts.Add(key);

        public void Shape(uint key, Share share) => Shapes.Add(key);
    }
}
