namespace KvmOperator.Api.VmwareImports;

/// <summary>Reasons of a VmwareImport's conditions and events, besides <see cref="CommonReasons"/>.</summary>
public static class VmwareImportReasons
{
    /// <summary>Something prevents the import; nothing was touched.</summary>
    public const string CriticalConcerns = "CriticalConcerns";

    /// <summary>The VMware machine still runs, or its files are locked.</summary>
    public const string SourceInUse = "SourceInUse";

    /// <summary>There is already a VirtualMachine of that name which is not this import's.</summary>
    public const string NameTaken = "NameTaken";

    /// <summary>The source was read, and spec.stopAfter asks for no more.</summary>
    public const string StoppedAfterInspect = "StoppedAfterInspect";

    /// <summary>Other conversions on the host come first.</summary>
    public const string WaitingForSlot = "WaitingForSlot";

    /// <summary>The source cannot be read: it is not there, or not where imports may read.</summary>
    public const string SourceUnreadable = "SourceUnreadable";

    /// <summary>The store has no room for a disk; nothing of it was written.</summary>
    public const string NoSpace = "NoSpace";

    /// <summary>Somebody wrote to the source while it was converted.</summary>
    public const string SourceChanged = "SourceChanged";

    /// <summary>A disk could not be converted.</summary>
    public const string ConversionFailed = "ConversionFailed";

    /// <summary>Somebody, or the host's kernel for want of memory, ended a conversion: it begins again.</summary>
    public const string ConversionInterrupted = "ConversionInterrupted";

    /// <summary>The VirtualMachine was made.</summary>
    public const string GuestMade = "GuestMade";

    /// <summary>The VirtualMachine that the import made is gone.</summary>
    public const string GuestGone = "GuestGone";

    /// <summary>The disks were imported before this cluster was made, and the VirtualMachine was made again from what their store remembers.</summary>
    public const string AlreadyImported = "AlreadyImported";

    /// <summary>The guest runs, and nothing shows that it works: a person has to look.</summary>
    public const string RunningUnproven = "RunningUnproven";

    /// <summary>A person confirmed that the guest works.</summary>
    public const string Confirmed = "Confirmed";

    /// <summary>spec.start asks that the guest is not started, so it is not looked at.</summary>
    public const string NotAsked = "NotAsked";

    /// <summary>Files of the source that are disposable were deleted.</summary>
    public const string Trimmed = "Trimmed";

    /// <summary>A host does not answer: how far the import is, is not known.</summary>
    public const string OutcomeUnknown = "OutcomeUnknown";

    /// <summary>The guest was made and verified.</summary>
    public const string Imported = "Imported";

    /// <summary>The guest did not show in time that it works.</summary>
    public const string NotVerified = "NotVerified";
}
