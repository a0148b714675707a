"""保存と廃棄: how long cases and members are kept, who lets them go, and what is swept up daily."""
