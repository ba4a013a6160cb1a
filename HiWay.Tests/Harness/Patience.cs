using System.Diagnostics;

namespace HiWay.Tests.Harness;

/// <summary>Waiting for what comes a moment later. The machine may be busy with other things, so a test never assumes when.</summary>
public static class Patience
{
    /// <summary>How long to wait for what must come. Only a failing test ever waits so long.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Asks until it is so.</summary>
    /// <param name="what">Says in the failure what did not come to be.</param>
    public static Task UntilAsync(Func<bool> isSo, string what) => UntilAsync(() => Task.FromResult(isSo()), what);

    /// <inheritdoc cref="UntilAsync(Func{bool}, string)"/>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        for (var waited = Stopwatch.StartNew(); !await isSo();)
        {
            Assert.True(waited.Elapsed < Limit, $"Not within {Limit.TotalSeconds} seconds: {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>Tries until the assertions hold; the last failure is the test's.</summary>
    public static async Task HoldsAsync(Func<Task> assertions)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            try
            {
                await assertions();
                return;
            }
            catch (Xunit.Sdk.XunitException) when (waited.Elapsed < Limit)
            {
                await Task.Delay(20);
            }
        }
    }
}
