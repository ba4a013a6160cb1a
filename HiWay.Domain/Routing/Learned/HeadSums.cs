namespace HiWay.Domain.Routing.Learned;

/// <summary>One number per head: the log-odds, or a part of them, that a light, a standard and a heavy model succeed, in 1/4,096.</summary>
internal readonly record struct HeadSums(int Light, int Standard, int Heavy)
{
    public static HeadSums operator +(HeadSums a, HeadSums b) => new(a.Light + b.Light, a.Standard + b.Standard, a.Heavy + b.Heavy);

    public static HeadSums operator -(HeadSums a, HeadSums b) => new(a.Light - b.Light, a.Standard - b.Standard, a.Heavy - b.Heavy);

    /// <summary>What a workspace's weight makes of it; 1 changes nothing.</summary>
    internal HeadSums Times(double weight) =>
        weight == 1 ? this : new((int)Math.Round(Light * weight), (int)Math.Round(Standard * weight), (int)Math.Round(Heavy * weight));

    /// <summary>Divided by a root that comes as 65,536 over it.</summary>
    internal HeadSums Scaled(int root) =>
        new((int)(((long)Light * root) >> 16), (int)(((long)Standard * root) >> 16), (int)(((long)Heavy * root) >> 16));
}
