using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace HiWay.Web;

/// <summary>
/// Tells a refusal to start, whose message says what to change, from a defect, whose stack trace is needed. Settings are refused through
/// options validation, by an <see cref="InvalidOperationException"/> of HiWay's own code or of what binds settings and addresses; the same
/// from anywhere else is a defect.
/// </summary>
internal static class StartRefusal
{
    private const string Example = "Example: --urls http://127.0.0.1:5081.";

    /// <summary>What is wrong and what to change; null for a defect.</summary>
    public static string? Explain(Exception e) => e switch
    {
        OptionsValidationException => e.Message,
        InvalidOperationException when Source(e).StartsWith("HiWay", StringComparison.Ordinal) || Source(e) is "Microsoft.Extensions.Configuration.Binder" => e.Message,

        // What Kestrel throws for --urls that it cannot listen on, as seen in .NET 10.
        IOException { InnerException: AddressInUseException } => $"{e.Message.TrimEnd('.')}. Stop the program that has it, or choose another address. {Example}",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable or SocketError.AccessDenied } =>
            $"It cannot listen on the address that --urls names: {e.Message.TrimEnd('.')}. Choose one of this machine. {Example}",
        FormatException when Source(e).StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) => $"{e.Message.TrimEnd('.')}. {Example}",
        InvalidOperationException when Source(e) is "Microsoft.AspNetCore.Server.Kestrel.Core" => e.Message,
        ArgumentOutOfRangeException { ParamName: "port" } => $"--urls names a port above 65535. {Example}",
        _ => null,
    };

    private static string Source(Exception e) => e.TargetSite?.Module.Assembly.GetName().Name ?? "";
}
