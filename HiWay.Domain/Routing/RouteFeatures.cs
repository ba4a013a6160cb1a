using System.Runtime.CompilerServices;
using HiWay.Domain.Routing.Learned;

namespace HiWay.Domain.Routing;

/// <summary>
/// What the router has read in one request: all that its score and its tier rest on, in integers and without any text. The same features
/// under the same settings always come to the same decision, now or when a logged call is decided again.
/// </summary>
public struct RouteFeatures
{
    /// <summary>Readings are kept in ten-thousandths.</summary>
    internal const int ReadingUnits = 10_000;

    /// <summary>What counts beside trained weights is kept in twentieths of an analyzer's points.</summary>
    internal const int BesideUnits = 20;

    /// <summary>Per analyzer, how it moves the heads' sums; before a workspace's weights.</summary>
    internal ShareSums Sums;

    /// <summary>Per analyzer its own reading, 0..<see cref="ReadingUnits"/>.</summary>
    internal ShareNumbers Readings;

    /// <summary>Per analyzer the part of its points that counts beside trained weights, 0..<see cref="BesideUnits"/>.</summary>
    internal ShareNumbers Beside;

    /// <summary>Per analyzer the place of its reason among all it can give.</summary>
    internal ShareNumbers Reasons;

    /// <summary>Words of the request, and those of them that occur in the training data.</summary>
    internal int Words, KnownWords;

    /// <summary>Tools are on offer: such requests go to standard or heavy.</summary>
    internal bool HasTools;

    /// <summary>Short, single shot, plain, and the task is sorting: what ultra_light takes, as far as the request goes.</summary>
    internal bool PassesGate;

    /// <summary>The request opens with such a task, so that the gate asks for no score.</summary>
    internal bool SortsFirst;

    /// <summary>What kind of task the trained classifier takes it for.</summary>
    public TaskType Task { get; internal set; }
}

/// <summary>One number per analyzer.</summary>
[InlineArray(LearnedSink.Shares)]
internal struct ShareNumbers
{
    private short _first;
}
