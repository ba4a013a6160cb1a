using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace HiWay.Tests.Harness;

/// <summary>Properties that hold for any case. Every run tries the same cases, so that what fails is the change's doing and not the day's luck.</summary>
/// <remarks>
/// <c>HIWAY_TEST_SEED=7</c> tries others and <c>HIWAY_TEST_CASES=100000</c> more of them, in search of what nobody has thought of. What
/// fails prints its case; it becomes a test of its own.
/// </remarks>
internal static class Properties
{
    /// <param name="cases">How many are tried.</param>
    /// <exception cref="Exception">One does not hold; the message has the case.</exception>
    public static void Hold(this Property property, int cases = 100)
    {
        // The generator's second number has to be odd.
        var seed = Number("HIWAY_TEST_SEED") ?? 1;
        property.Check(Config.QuickThrowOnFailure.WithMaxTest((int)(Number("HIWAY_TEST_CASES") ?? (ulong)cases)).WithReplay(seed, (seed << 1) | 1));
    }

    private static ulong? Number(string variable) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
