namespace HiWay.Domain.Routing.Learned;

/// <summary>A feature of the trained weights with all that a prompt that has it needs, side by side: finding one costs one line of the cache.</summary>
internal readonly struct KnownFeature(uint key, int index, short light, short standard, short heavy)
{
    private readonly int _number = index + 1;   // so that one made of zeros is none

    internal uint Key { get; } = key;

    /// <summary>Its place among all; -1 for none.</summary>
    internal int Index => _number - 1;

    internal HeadSums Weights => new(light, standard, heavy);
}
