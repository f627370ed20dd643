namespace KvmOperator.Planning.Failover.Fencing;

/// <summary>
/// Decides for each guest of a failed host whether the host can still write to its disks. One server's proof says nothing of another server. A machine that is off may have left a write on its way into a file, so that a
/// server that can prove that none is left has to; off counts for those that cannot. Pure.
/// </summary>
public static class Exclusions
{
    /// <summary>Whether the host is excluded from one guest's disks.</summary>
    /// <param name="servers">The servers of the guest's disks.</param>
    /// <param name="requiresPowerOff">Whether two of the guest with one network identity are worse than none: then the machine must be off besides.</param>
    /// <param name="view">What is recorded and known.</param>
    public static Exclusion Of(IReadOnlyCollection<string> servers, bool requiresPowerOff, ExclusionView view)
    {
        if (view.IsCleaned)
        {
            return new Exclusion(true, [], "the machine answers, and runs nothing of it") { By = FenceMethod.Stop };
        }

        if (!view.IsOff && (requiresPowerOff || servers.Count == 0))
        {
            var why = requiresPowerOff ? "the guest asks that its host is off (spec.availability.requirePowerOff), and that is not proven" : "its disks are on no store that could shut the host out";
            return new Exclusion(false, [], $"{why}. {view.Remedy}") { NeedsPerson = !view.HasController };
        }

        List<string> missing = [];
        List<string> unread = [];
        var isHopeless = false;
        var needsOff = requiresPowerOff || servers.Count == 0;
        foreach (var name in servers.Order(StringComparer.Ordinal))
        {
            if (view.Servers.FirstOrDefault(known => known.Name == name) is not { Refusal: null } server)
            {
                needsOff = true;
                if (!view.IsOff)
                {
                    missing.Add($"{name} cannot shut it out: {view.Servers.FirstOrDefault(known => known.Name == name)?.Refusal ?? "it is not known"}");
                    isHopeless = true;
                }

                continue;
            }

            switch (StorageProofs.StateOf(view.FailoverId, view.Proofs.FirstOrDefault(proof => proof.Server == name), server, view.Budgets))
            {
                case ProofState.None:
                    missing.Add($"{name} has not shut it out yet");
                    break;
                case ProofState.Stale:
                    unread.Add(name);
                    break;
            }
        }

        if (missing.Count > 0)
        {
            return new Exclusion(false, unread, isHopeless ? $"{string.Join("; ", missing)}. {view.Remedy}" : string.Join("; ", missing)) { NeedsPerson = isHopeless && !view.HasController };
        }

        return needsOff
            ? new Exclusion(true, unread, view.IsConfirmedOff ? "a person confirmed that the machine is off" : "the machine was switched off") { By = view.IsConfirmedOff ? FenceMethod.Manual : FenceMethod.PowerOff }
            : new Exclusion(true, unread, $"shut out by {string.Join(", ", servers.Order(StringComparer.Ordinal))}") { By = FenceMethod.Storage };
    }
}
