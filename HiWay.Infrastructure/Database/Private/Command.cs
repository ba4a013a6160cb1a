using System.Diagnostics;

namespace HiWay.Infrastructure.Database.Private;

/// <summary>Runs a small program to its end.</summary>
internal static class Command
{
    /// <param name="Output">Standard output and standard error, in this order.</param>
    public readonly record struct Answer(int ExitCode, string Output);

    /// <exception cref="InvalidOperationException">It could not be started or ended with another code than 0.</exception>
    public static Task<Answer> RunAsync(string program, params string[] arguments) =>
        RunAsync(new ProcessStartInfo(program, arguments));

    /// <inheritdoc cref="RunAsync(string, string[])"/>
    public static async Task<Answer> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["LC_ALL"] = OperatingSystem.IsLinux() ? "C.UTF-8" : "C";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var answer = new Answer(process.ExitCode, await output + await error);
        return answer.ExitCode == 0
            ? answer
            : throw new InvalidOperationException(
                $"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with code {answer.ExitCode}: {answer.Output.Trim()}");
    }
}
