using System.Net;
using System.Net.Sockets;
using HiWay.Tests.Harness;

namespace HiWay.Tests.Composition;

/// <summary>A setting that HiWay cannot start with ends in one line that says what to change, and exit code 1.</summary>
public sealed class StartRefusalTests
{
    [Fact]
    public async Task TheAddressIsTaken_TheLineNamesItAndTheWayOut()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        await ExpectAsync($"HiWay cannot start. Failed to bind to address {taken}: address already in use. Stop the program that has it, or choose another address. Example: --urls", ("urls", taken));
    }

    [Theory]
    [InlineData("urls", "nonsense", "HiWay cannot start. Invalid url: 'nonsense'. Example: --urls http://127.0.0.1:5081.")]
    [InlineData("urls", "http://127.0.0.1:99999", "HiWay cannot start. --urls names a port above 65535.")]
    [InlineData("urls", "http://192.0.2.1:5080", "HiWay cannot start. It cannot listen on the address that --urls names")]   // a documentation address is nobody's
    [InlineData("Gateway:BodyLimitBytes", "abc", "HiWay cannot start. Failed to convert configuration value 'abc' at 'Gateway:BodyLimitBytes'")]
    public Task AValueThatCannotBe_IsNamed(string setting, string value, string line) => ExpectAsync(line, (setting, value));

    private static async Task ExpectAsync(string line, (string Key, string Value) setting)
    {
        using var data = new TemporaryFolder();
        await using var database = await TestDatabase.CreateAsync();

        await using var hiway = await HiWayProcess.RunToEndAsync(data.Path, ("ConnectionStrings:HiWay", database.ConnectionString), setting);

        Assert.Contains(hiway.Output.Split('\n'), said => said.StartsWith(line, StringComparison.Ordinal));
        Assert.DoesNotContain("Unhandled exception", hiway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("BackgroundService has thrown", hiway.Output, StringComparison.Ordinal);
        Assert.Equal(1, hiway.ExitCode);
    }
}
