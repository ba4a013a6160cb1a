using System.Globalization;
using HiWay.Bench;

// HiWay.Bench upstream <port>                         the mock provider, for the other mode
// HiWay.Bench run <HiWay.Web.dll> [rounds] [seconds]          the whole bench
// HiWay.Bench run <HiWay.Web.dll> <rounds> <seconds> small    whole answers of 2 KB alone, for a quick look at a change
// HiWay.Bench start <HiWay.Web.dll> [seconds]                 the seconds after a start
// HiWay.Bench features <HiWay.Web.dll> [rounds] [seconds]     what Shield, masking, caps and Guardian add
switch (args)
{
    case ["upstream", var port]:
        await MockUpstream.RunAsync(int.Parse(port, CultureInfo.InvariantCulture));
        return 0;

    case ["run", var app, .. var rest]:
        var rounds = rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 3;
        var seconds = rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 5;
        return await Rounds.RunAsync(app, rounds, TimeSpan.FromSeconds(seconds), smallOnly: rest is [_, _, "small"]);

    case ["start", var app, .. var rest]:
        return await Start.RunAsync(app, rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 30);

    case ["features", var app, .. var rest]:
        return await Features.RunAsync(app,
            rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 5, TimeSpan.FromSeconds(rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 4));

    default:
        Console.Error.WriteLine("usage: bench/run.sh [rounds] [seconds] [small]");
        return 2;
}
